"""`healthpass demo`: the whole story on the public interface, with pictures, trust stores and a ledger."""

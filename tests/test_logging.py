"""What the library logs: one logger a package, silent by default, and no word of a person."""

import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from healthpass import Color, HealthCode, Issuer, SigningKey
from healthpass.ledger import SqliteLedger, WentBackError, publish
from healthpass.store import TrustStore


class TestLoggers:
    def test_nothing_is_printed_unasked(self, tmp_path: Path) -> None:
        """A program that does not set up logging prints nothing of a refused document."""
        program = (
            "import sys; from healthpass.store import TrustStore; "
            "TrustStore.create(sys.argv[1]).update(b'no bundle')"
        )
        run = subprocess.run(
            [sys.executable, "-c", program, tmp_path / "gate"], capture_output=True, text=True, check=True
        )
        assert (run.stdout, run.stderr) == ("", "")

    def test_the_core_logs_nothing(self) -> None:
        """Importing the library does not load `logging`."""
        program = "import healthpass, sys; sys.exit('logging' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

    def test_a_refused_document_is_named(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """An update warns of what it refuses, with its source, on the logger of the store."""
        bad = tmp_path / "bad.cbor"
        bad.write_bytes(b"<html>502</html>")
        store = TrustStore.create(tmp_path / "gate")
        with caplog.at_level(logging.INFO, "healthpass"):
            store.update_from_all([bad, tmp_path / "none.cbor"])
        told = [(record.name, record.levelname) for record in caplog.records]
        assert ("healthpass.store", "WARNING") in told
        assert "bad.cbor" in caplog.text
        assert "malformed-envelope" in caplog.text
        assert "none.cbor" in caplog.text

    def test_a_name_forges_no_line(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A file name with a line end, or bytes that are no UTF-8, is logged on one line, in plain characters."""
        for name in (b"a\nCRITICAL forged.cbor", b"b\xff.cbor"):
            (tmp_path / os.fsdecode(name)).write_bytes(b"junk")
        store = TrustStore.create(tmp_path / "gate")
        with caplog.at_level(logging.WARNING, "healthpass"):
            store.update_from_all([tmp_path])
        assert r"a\nCRITICAL forged.cbor" in caplog.text
        assert r"b\udcff.cbor" in caplog.text
        assert all(record.getMessage().isprintable() for record in caplog.records)

    def test_a_rehearsal_logs_nothing(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """What is only tried is not logged."""
        store = TrustStore.create(tmp_path / "gate")
        with caplog.at_level(logging.DEBUG, "healthpass"):
            store.rehearse(b"no bundle")
        assert not caplog.records


class TestDiscretion:
    def test_an_office_of_a_day(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A ledger logs what was done and how often, and neither codes nor people."""
        path = tmp_path / "ledger"
        with caplog.at_level(logging.DEBUG, "healthpass"), SqliteLedger.create(path, "CN-33-01.WJW") as ledger:
            office = Issuer(
                "CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(days=1), ledger=ledger
            )
            code = office.issue(HealthCode(color=Color.GREEN, holder="张*丰"), by="officer Wang", why="test 4711")
            ledger.revoke(code.cti, by="officer Li", why="wrong person")
            publish(ledger, "https://status.example.cn/h", SigningKey.generate(), lifetime=timedelta(days=1))
            ledger.forget()
        assert {record.name for record in caplog.records} == {"healthpass.ledger"}
        assert "withdrew 1 codes" in caplog.text
        assert "publishing 1 lists" in caplog.text or "publishing 2 lists" in caplog.text
        for secret in (code.cti.hex(), code.text, "张", "Wang", "4711", "Li", "wrong"):
            assert secret not in caplog.text

    def test_a_ledger_that_went_back(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A refusal of a ledger that is behind its mark is an error in the log."""
        path = tmp_path / "ledger"
        with SqliteLedger.create(path, "CN-33-01.WJW") as ledger:
            (path / "mark").write_bytes(bytes(50))
            with caplog.at_level(logging.ERROR, "healthpass.ledger"), pytest.raises(WentBackError):
                ledger.take()
        assert [record.levelname for record in caplog.records if record.levelno > logging.INFO] == ["ERROR"]

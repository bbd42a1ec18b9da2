"""What CI runs against the wheel without extras: issue a code, verify it, and ask for what is missing."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import healthpass
from healthpass import Color, HealthCode, Issuer, Registry, SigningKey, verify

assert "site-packages" in healthpass.__file__, healthpass.__file__
issuer = Issuer("CN-33-01.WJW", signer=SigningKey.generate(), lifetime=timedelta(hours=24))
issued = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"))
registry = Registry.pinned({"CN-33-01.WJW": [issuer.public_key]})
assert verify(issued.text, registry=registry).health.color is Color.GREEN
for module in (
    "healthpass.bulk",
    "healthpass.qr",
    "healthpass.scan",
    "healthpass.sheet",
    "healthpass.ledger.contract",
):
    try:
        __import__(module)
    except ImportError as error:
        assert "pip install" in str(error), error
    else:
        sys.exit(f"{module} works without its extra")
command = Path(sys.executable).with_name("healthpass")
cli = subprocess.run([command], capture_output=True, text=True, check=False)
assert cli.returncode == 2, cli
assert "pip install 'healthpass[cli]'" in cli.stderr, cli.stderr
assert "Traceback" not in cli.stderr, cli.stderr
sys.stdout.write("the bare wheel issues and verifies\n")

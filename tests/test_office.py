"""The office of docs/examples as a real service: what its requests are answered with, and what its page shows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asgi_client import Client
from healthpass import Enrolment, HolderKey, Issuer, SigningKey, present, prove
from office import office
from trusted_office import ADDRESS, DAY, OFFICE, Office

GREEN = {"health": {"color": "green", "holder": "张*丰"}, "by": "officer 17", "why": "the declaration of today"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Office]:
    """Return an office whose ledger is closed in the end."""
    one = Office(tmp_path)
    with one.ledger:
        yield one


@pytest.fixture
def client(made: Office) -> Client:
    """Return a client of its service."""
    issuer = Issuer(OFFICE, signer=made.key, lifetime=DAY, registry=made.store.registry, ledger=made.ledger)
    return Client(office(issuer, made.ledger, made.store.registry, made.status_key, ADDRESS))


def fetch_lists(client: Client, made: Office) -> None:
    """Publish the lists, and let the store have them."""
    for signed in client.post("/lists").json().values():
        made.store.update(bytes.fromhex(signed))


def judged(client: Client, text: str) -> dict[str, Any]:
    """Return the judgement of a text."""
    answer = client.post("/verifications", json={"text": text})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


class TestService:
    def test_issues_verifies_and_withdraws(self, client: Client, made: Office) -> None:
        """A code is issued from a JSON body, is valid, and is not any more once it is withdrawn."""
        answer = client.post("/codes", json=GREEN)
        assert answer.status_code == 201
        issued = answer.json()
        assert (issued["issuer"], issued["health"]["color"], issued["opening"]) == (OFFICE, "green", None)
        assert judged(client, issued["text"])["verdict"] == "status-unknown"  # no list has been published yet
        fetch_lists(client, made)
        valid = judged(client, issued["text"])
        assert (valid["verdict"], valid["color"], valid["holder"]) == ("valid", "green", "张*丰")
        assert valid["cti"] == issued["cti"]
        body = {"by": "officer 17", "why": "the test was positive"}
        assert client.post(f"/codes/{issued['cti']}/withdrawal", json=body).status_code == 204
        fetch_lists(client, made)
        refused = judged(client, issued["text"])
        assert (refused["verdict"], refused["outcome"]) == ("revoked", "not valid")
        assert "withdrawn" in refused["advice"]["guard"]["en"]
        assert "张*丰" not in json.dumps(refused, ensure_ascii=False)

    @pytest.mark.parametrize(
        "change",
        [
            {"by": " "},
            {"by": "a\nb"},
            {"why": "x" * 501},
            {"health": {"color": "green", "status": [0, 1]}},
            {"health": {"color": "green", "holder": "张・三"}},
            {"health": {"color": "green", "extensions": {"40": "x" * 3000}}},
            {"health": {"color": "green", "extensions": {"40": 2**53}}},
        ],
        ids=str,
    )
    def test_mistakes_of_a_client(self, client: Client, made: Office, change: dict[str, Any]) -> None:
        """What only issuing can refuse is a mistake of the client too, and nothing is written down."""
        before = made.ledger.head().number
        answer = client.post("/codes", json=GREEN | change)
        assert answer.status_code == 422
        assert "detail" in answer.json()
        assert made.ledger.head().number == before

    def test_a_withdrawal_by_nobody(self, client: Client) -> None:
        """Who and why are words."""
        cti = client.post("/codes", json=GREEN).json()["cti"]
        answer = client.post(f"/codes/{cti}/withdrawal", json={"by": " ", "why": "x"})
        assert answer.status_code == 422

    def test_a_yellow_code_with_evidence(self, client: Client) -> None:
        """Names, times and evidence are written as the documentation has them."""
        health = {
            "color": "yellow",
            "reason": "test-due",
            "until": "2099-11-05T08:00:00+08:00",
            "evidence": [
                {"type": "test", "sampled_at": "2026-11-01T08:00:00+08:00", "result": "negative", "method": "naat"}
            ],
            "residence": "CN-33-01",
        }
        answer = client.post("/codes", json=GREEN | {"health": health})
        assert answer.status_code == 201
        assert answer.json()["health"]["until"] == "2099-11-05T00:00:00Z"
        assert answer.json()["health"]["evidence"][0]["result"] == "negative"

    @pytest.mark.parametrize(
        ("health", "place"),
        [
            ({"color": "grey"}, ["body", "health", "color"]),
            ({"color": 0}, ["body", "health", "color"]),
            ({"color": "red"}, ["body", "health"]),
            ({"color": "green", "holder": "x\u202egnp"}, ["body", "health", "holder"]),
            ({"color": "green", "colour": "green"}, ["body", "health", "colour"]),
        ],
    )
    def test_wrong_bodies(self, client: Client, health: dict[str, Any], place: list[str]) -> None:
        """What breaks a rule is refused with its place, and is not repeated."""
        answer = client.post("/codes", json=GREEN | {"health": health})
        assert answer.status_code == 422
        assert [one["loc"] for one in answer.json()["detail"]] == [place]
        assert "gnp" not in answer.text

    def test_what_no_gate_would_take(self, made: Office) -> None:
        """An issuer that asks the registry does not sign with a key that it does not list."""
        stranger = Issuer(
            OFFICE, signer=SigningKey.generate(), lifetime=DAY, registry=made.store.registry, ledger=made.ledger
        )
        service = Client(office(stranger, made.ledger, made.store.registry, made.status_key, ADDRESS))
        answer = service.post("/codes", json=GREEN)
        assert answer.status_code == 409
        assert "unknown-key" in answer.json()["detail"]

    def test_withdrawals_of_nothing(self, client: Client) -> None:
        """A reference that is none, or of no code, is told apart from a code that is withdrawn."""
        body = {"by": "a", "why": "b"}
        assert client.post(f"/codes/{'0' * 24}/withdrawal", json=body).status_code == 404
        assert client.post("/codes/nothing/withdrawal", json=body).status_code == 422
        assert client.post(f"/codes/{'0' * 24}/withdrawal", json={"by": "", "why": "b"}).status_code == 422


class TestPhone:
    def test_from_a_phones_key_to_a_gate(self, client: Client, made: Office) -> None:
        """A phone proves its key over HTTP, gets a code that is bound to it, and shows it at a gate."""
        phone = HolderKey.generate()
        asked = client.post("/enrolments")
        assert asked.status_code == 201
        proof = prove(asked.json()["challenge"], phone, issuer=OFFICE)
        another = client.post("/enrolments").json()["challenge"]  # of the holder at the next counter
        assert client.post("/codes", json=GREEN | {"proof": proof, "challenge": another}).status_code == 422
        issued = client.post("/codes", json=GREEN | {"proof": proof} | asked.json()).json()
        fetch_lists(client, made)
        assert judged(client, issued["text"])["verdict"] == "presentation-required"
        assert judged(client, present(issued["text"], phone))["verdict"] == "valid"
        again = client.post("/codes", json=GREEN | {"proof": proof})
        assert again.status_code == 422
        assert "no challenge that is open" in again.json()["detail"]

    @pytest.mark.parametrize("wrong", ["HPK1:", "HPK1:" + "0" * 191, "x", "", "\u202e", "x" * 3000])
    def test_a_wrong_proof(self, client: Client, made: Office, wrong: str) -> None:
        """Without a proof that answers a challenge of this office no code is made for a phone."""
        before = made.ledger.head().number
        assert client.post("/codes", json=GREEN | {"proof": wrong}).status_code == 422
        other = prove(Enrolment("CN-31.WJW").challenge(), HolderKey.generate(), issuer="CN-31.WJW")
        assert client.post("/codes", json=GREEN | {"proof": other}).status_code == 422
        assert made.ledger.head().number == before

    def test_a_slip_of_the_officer(self, client: Client) -> None:
        """A label that is not masked is answered with its finding, and issued when the officer means it."""
        order = GREEN | {"health": {"color": "green", "holder": "化名甲"}}
        answer = client.post("/codes", json=order)
        assert answer.status_code == 422
        assert "label-unmasked" in answer.json()["detail"]
        assert client.post("/codes", json=order | {"accept": ["everything"]}).status_code == 422
        assert client.post("/codes", json=order | {"accept": ["label-unmasked"]}).status_code == 201


class TestPage:
    def test_shows_names_and_no_numbers(self, client: Client) -> None:
        """The schema that /docs shows names colours, reasons and verdicts."""
        schema = client.get("/openapi.json").json()
        models = schema["components"]["schemas"]
        health = (
            models["HealthCode"]["properties"]
            if "HealthCode" in models
            else models["HealthCode-Input"]["properties"]
        )
        assert {"green", "yellow", "red"} == set(health["color"]["enum"])
        assert health["reason"]["anyOf"][0]["examples"] == ["exposure"]
        assert {"Issued", "ValidJudgement", "FailedJudgement"} <= models.keys()
        assert client.get("/docs").status_code == 200

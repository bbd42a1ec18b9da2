"""The steps of a world: what a store is given, what it is asked, and the one right answer to each.

What an update says is written in words, as `"0 CN-33 CN-31 applied epoch-opened"`: the index of the document, the
anchor and the authority of the state (one id where they are the same, none where no state is concerned), the
outcome, and notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from documents import SHANGHAI_ISSUER, ZHEJIANG, ZJ_1, ZJ_ROOT, Document, root
from encode import Key, seal
from topic import AT, ISSUER, KEY, OTHER_KEY, Json, Topic, claims, describe_showing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODE: Final = seal(claims(), KEY).text
SHANGHAI_CODE: Final = seal(claims({1: SHANGHAI_ISSUER}), OTHER_KEY).text
OWN: Final = f"CN-33 {ISSUER}"  # the path to the office of the vectors
BY_ZHEJIANG: Final = f"CN-33 CN-31 {SHANGHAI_ISSUER}"  # the path that recognition makes
ERROR: Final[Json] = {"error": "call"}


@dataclass(frozen=True)
class Step:
    """A step, its answer, and the documents that it brings."""

    ask: Json
    told: Any
    documents: tuple[Document, ...] = ()


RESTART: Final = Step({"do": "restart"}, "done")  # what was kept is all that is left


def pin(root: Document, *, authority: str | None = None, version: int | None = None) -> Step:
    """Pin an authority by its root; another authority or version is a mistake of whoever runs the verifier."""
    given = {"authority": authority or root.authority, "version": version or root.version}
    return Step({"do": "pin", **given, "hash": root.hash.hex()}, "done")


def read(told: str) -> Json:
    """Return what an update says of a document and a state, read from its words."""
    index, *words = told.split()
    ids = [word for word in words if word[0].isupper()]
    state = {"anchor": ids[0], "authority": ids[-1]} if ids else {}
    outcome, *notes = words[len(ids) :]
    return {"document": int(index), **state, "outcome": outcome, "notes": sorted(notes)}


def update(*given: Document | bytes, told: Sequence[str] | None = None, at: int = AT) -> Step:
    """Offer a bundle.

    Args:
        *given: Documents, or bytes, in their order.
        told: What the update says; every document is applied to an anchor's own state unless given.
        at: The time of the update.

    Returns:
        The step.
    """
    documents = tuple(one for one in given if isinstance(one, Document))
    words = [f"{i} {one.authority} applied" for i, one in enumerate(documents)] if told is None else told
    bundle = b"".join(one.data if isinstance(one, Document) else one for one in given)
    return Step({"do": "update", "at": at, "bundle": bundle.hex()}, [read(one) for one in words], documents)


def sources(*bundles: Sequence[Document | bytes], told: Sequence[str], at: int = AT) -> Step:
    """Offer several bundles, each a source of its own; documents are counted on through all of them."""
    steps = [update(*bundle, told=(), at=at) for bundle in bundles]
    ask = {"do": "update", "at": at, "bundles": [step.ask["bundle"] for step in steps]}
    return Step(ask, [read(one) for one in told], tuple(one for step in steps for one in step.documents))


def mistaken(step: Step, **members: Any) -> Step:
    """Call for a step with members that no call may have: it is an error of the call, and changes nothing."""
    return Step(step.ask | members, ERROR)


def valid(
    path: str = OWN,
    text: str = CODE,
    *,
    at: int = AT,
    waived: Sequence[str] = (),
    issued: int | None = None,
    showing: Mapping[int, Any] | None = None,
    shown: Mapping[str, Mapping[int, str]] | None = None,
    **options: Any,
) -> Step:
    """Judge a code that is valid by a path: anchor, authority where it is another, issuer.

    Args:
        path: The path.
        text: The code.
        at: The time of judging.
        waived: The verdicts that are waived.
        issued: The iat of the status list that answers, where one does.
        showing: The claims of the showing, where the text is a presentation.
        shown: The names of anchor, authority and issuer, where the step asks for them.
        **options: Further members of the step.

    Returns:
        The step.
    """
    ids = path.split()
    told: Json = {"anchor": ids[0], "authority": ids[-2], "issuer": ids[-1]}
    told = {"verdict": "valid", "path": told, "waived": sorted(waived)}
    if issued is not None:
        told["status"] = {"issued": issued}
    if showing is not None:
        told["showing"] = describe_showing(showing)
    if shown is not None:
        options["names"] = True
        told["names"] = {who: {"zh": names[1], "en": names[2]} for who, names in shown.items()}
    return Step({"do": "verify", "at": at, **options, "text": text}, told)


def refused(verdict: str, text: str = CODE, *, at: int = AT, **options: Any) -> Step:
    """Judge a code that is refused."""
    return Step({"do": "verify", "at": at, **options, "text": text}, {"verdict": verdict})


def code(changes: Any = None, key: Key = KEY, **knobs: Any) -> str:
    """Return the text of a code of the vectors, with changes to its claims, signed by a key."""
    return seal(claims(changes, **knobs), key).text


def world(
    topic: Topic,
    identifier: str,
    clause: str,
    comment: str,
    *steps: Step,
    attack: Sequence[int] = (),
    environment: str = "production",
    layered: bool = False,
) -> None:
    """Add a world to a topic; `layered` prints the layers of its documents, and a world with no steps is none."""
    members: Json = {"environment": environment, "steps": [step.ask for step in steps]}
    members["expect"] = [step.told for step in steps] if steps else ERROR
    if layered:
        members["layers"] = [one.layers() for step in steps for one in step.documents]
    topic.add("world", identifier, clause, attack, comment, **members)


def gates(*anchors: tuple[Document, Document], others: tuple[Document, ...] = ()) -> tuple[Step, ...]:
    """Return a store with anchors, each a root and a registry, and with what the recognised ones have signed."""
    given = [document for pair in anchors for document in pair]
    states = {pair[0].authority: [pair[0].authority] for pair in anchors}
    for root_, registry_ in anchors:
        for other in others:
            if other.hash in registry_.payload:
                states.setdefault(other.authority, []).append(f"{root_.authority} {other.authority}")
    words = []
    for i, document in enumerate([*given, *others]):
        words += [f"{i} {state} applied" for state in sorted(states[document.authority])]
    return (*(pin(pair[0]) for pair in anchors), update(*given, *others, told=words))


START: Final = (pin(ZJ_ROOT), update(ZJ_ROOT, ZJ_1))  # a store that trusts Zhejiang
ROOTED: Final = (pin(ZJ_ROOT), update(ZJ_ROOT))  # the same, without a registry yet
LEAN_ROOT: Final = root(ZHEJIANG, keys=(1,), threshold=1)
LEAN: Final = (pin(LEAN_ROOT), update(LEAN_ROOT))  # for what is told of registries alone

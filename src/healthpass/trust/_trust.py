"""All that a store trusts: its anchors and its states (spec/registry.md, section 6). No input or output."""

from collections.abc import Mapping
from typing import Final

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._time import to_seconds
from healthpass.credential._regions import RegionId
from healthpass.documents._document import DAY
from healthpass.documents._fields import check_environment
from healthpass.documents._statement import PRODUCTION
from healthpass.trust._held import Epoch, Pin, Seen
from healthpass.trust._held_lists import Place
from healthpass.trust._held_of_offices import MAX_BYTES, OfficePlace
from healthpass.trust._state import State

MAX_OWN_LISTS: Final = 268_435_456  # bytes of an anchor's own state; STL-8
MAX_LISTS: Final = 67_108_864  # of a recognised authority
MAX_ALL_LISTS: Final = 1_073_741_824  # of all that an anchor recognises
MAX_ALL_MAPS: Final = 67_108_864  # the same of policies and maps; POL-6
MAX_LEFT: Final = 512  # states of an anchor that it does not recognise now; UPD-12
MEMORY: Final = 32 * DAY
_DIGEST_SIZE: Final = 32  # SHA-256


class Trust:
    """The anchors of a verifier and what it has been told since.

    Args:
        environment: the one environment that it is for.

    Raises:
        ValueError: when that is no name of an environment (DOC-10).
    """

    def __init__(self, environment: str = PRODUCTION) -> None:
        self.environment: Final = check_environment(environment)
        self._pins: dict[RegionId, Pin] = {}
        self._states: dict[tuple[RegionId, RegionId], State] = {}

    @property
    def pins(self) -> Mapping[RegionId, Pin]:
        """The anchors, and the root that each was pinned with."""
        return dict(self._pins)

    @property
    def states(self) -> tuple[State, ...]:
        """All states in the order of UPD-2: the anchors' own, then by anchor and authority."""
        return tuple(self._states[key] for key in sorted(self._states, key=lambda key: (key[0] != key[1], *key)))

    def pin(self, pin: Pin) -> None:
        """Make an authority an anchor, or give an anchor another root to begin with.

        Raises:
            ValueError: when the id, the version or the hash is none.
        """
        authority = RegionId(pin.authority)
        if type(pin.version) is not int or not 1 <= pin.version <= MAX_INTEGER:
            raise ValueError("the version of a pinned root must be an integer from 1 up")
        if type(pin.digest) is not bytes or len(pin.digest) != _DIGEST_SIZE:
            raise ValueError(f"the hash of a pinned root must be the {_DIGEST_SIZE} bytes of a SHA-256")
        self._pins[authority] = Pin(authority, pin.version, pin.digest)
        self.settle(authority)

    def unpin(self, authority: str) -> None:
        """Trust an anchor no longer, nor anything by way of it.

        Raises:
            KeyError: when it is no anchor.
        """
        del self._pins[RegionId(authority)]
        self._states = {key: state for key, state in self._states.items() if key[0] != authority}

    def put(self, state: State) -> None:
        """Take up a state that was kept."""
        self._states[state.anchor, state.authority] = state

    def settle(self, anchor: RegionId) -> None:
        """Let an anchor have its own state, and one for each that it recognises, with its pin (UPD-6)."""
        own = self._state(anchor, anchor)
        own.pin = self._pins[anchor]
        own.forget_before_pin()
        recognitions = own.usable.recognitions if own.usable else {}
        for authority in recognitions:
            self._state(anchor, authority)
        for state in list(self._states.values()):
            if state.anchor == anchor and not state.is_own:
                one = recognitions.get(state.authority)
                state.pin = Pin(one.authority, one.root_version, one.root_hash) if one else None
                state.forget_before_pin()
                if state.pin is None and not (state.chain or state.registry):
                    del self._states[anchor, state.authority]

    def floor(self) -> int:
        """Return the clock floor, in seconds since 1970 (UPD-12); 0 where no anchor has a document."""
        dates = [0]
        for state in self._states.values():
            if state.is_own and state.has_pin:
                last = state.chain[-1]
                dates.append(min(to_seconds(last.root.issued), last.taken))
                if held := state.usable:
                    dates.append(min(held.statement.issued, held.taken))
        return max(dates)

    def newest(self, epoch: Epoch) -> Seen | None:
        """Return the newest registry of an epoch that any state has seen (UPD-7.4)."""
        seen = [state.seen[epoch] for state in self._states.values() if epoch in state.seen]
        return max(seen, default=None, key=lambda one: one.version)

    def newest_list(self, place: Place) -> int:
        """Return the largest iat of a list of this place that any state has taken (STL-8.6); 0 for none."""
        return max((state.lists.iats.get(place, 0) for state in self._states.values()), default=0)

    def newest_of_office(self, place: OfficePlace) -> int:
        """Return the largest iat of a policy or map of this place in any state (POL-6.7); 0 for none."""
        return max((state.of_offices.iats.get(place, 0) for state in self._states.values()), default=0)

    def shrink(self, state: State) -> None:
        """Drop of a state's lists, policies and maps what is too old or too much (STL-8, STL-9, POL-6)."""
        state.of_offices.shrink(MAX_BYTES, state.listed_policy_keys)
        state.lists.forget(self.floor())
        state.lists.shrink(MAX_OWN_LISTS if state.is_own else MAX_LISTS, state.listed_status_keys)

    def forget(self) -> None:
        """Drop what is too old or too much of all states (UPD-12, STL-8, STL-9, POL-6)."""
        floor = self.floor()
        for anchor in self._pins:
            others = [one for one in self._states.values() if one.anchor == anchor and not one.is_own]
            left = sorted((one for one in others if one.pin is None), key=_made, reverse=True)
            for place, state in enumerate(left):
                if place >= MAX_LEFT or floor >= _made(state) + MEMORY:
                    del self._states[anchor, state.authority]
                    others.remove(state)
            for state in (self._states[anchor, anchor], *others):
                self.shrink(state)
            most = _share([state.lists.size() for state in others], MAX_LISTS, MAX_ALL_LISTS)
            room = _share([state.of_offices.size() for state in others], MAX_BYTES, MAX_ALL_MAPS)
            for state in others:
                state.lists.shrink(most, state.listed_status_keys)
                state.of_offices.shrink(room, state.listed_policy_keys)

    def _state(self, anchor: RegionId, authority: RegionId) -> State:
        return self._states.setdefault((anchor, authority), State(anchor, authority, self.environment))


def _made(state: State) -> int:
    return state.registry.statement.issued if state.registry else 0


def _share(sizes: list[int], most: int, left: int) -> int:
    """Return how many bytes a state may have so that all together have few enough: who has less loses nothing.

    Args:
        sizes: how many bytes each has.
        most: how many one may have in any case.
        left: how many all may have together.
    """
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return most

"""Region and issuer ids: spec/credential.md, section 8."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthpass import IssuerId, RegionId

pairs = st.integers(1, 99).map("{:02}".format)
components = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8)
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2).filter(lambda text: text != "CN")
regions = st.lists(pairs, max_size=3).map(lambda parts: "-".join(["CN", *parts])) | st.builds(
    lambda country, parts: "-".join([country, *parts]), letters, st.lists(components, max_size=3)
)
issuers = regions | st.builds("{}.{}".format, regions, components)

BAD_REGIONS = [
    *("", "C", "cn", "CN-", "CN-3", "CN-330", "CN-00", "CN-33-00", "CN-33-01-06-01", "CN-ZJ", "CN_33"),
    *("CN-33 ", " CN", "CN\n", "CHN", "US-", "US--CA", "US-CALIFORNIA", "US-ca", "US-A-B-C-D", "CN-３３", "ＣＮ"),
]


class TestRegionId:
    @given(regions)
    def test_every_id_of_the_grammar(self, text: str) -> None:
        """An id of the grammar is accepted, and equals its text."""
        region = RegionId(text)
        assert region == text
        assert hash(region) == hash(text)
        assert str(region) == f"{region}" == text
        assert type(str(region)) is str
        assert RegionId(region) is region

    @pytest.mark.parametrize("text", BAD_REGIONS)
    def test_another_form(self, text: str) -> None:
        """Anything else is a ValueError."""
        with pytest.raises(ValueError, match="is not a region id such as CN"):
            RegionId(text)

    @pytest.mark.parametrize("value", [None, 33, b"CN", ["CN"]])
    def test_another_type(self, value: Any) -> None:
        """Anything but a str is a TypeError."""
        with pytest.raises(TypeError, match="must be a str"):
            RegionId(value)

    @given(regions, regions)
    def test_within_compares_whole_components(self, inner: str, outer: str) -> None:
        """A region lies within another exactly when its components start with the other's."""
        assert RegionId(inner).within(outer) == (f"{inner}-").startswith(f"{outer}-")
        assert RegionId(inner).within(inner)

    def test_a_longer_component_is_another_region(self) -> None:
        """US-330 begins like US-33 and does not lie within it."""
        assert not RegionId("US-330").within("US-33")
        assert RegionId("US-33-0").within("US-33")
        assert not RegionId("CN").within("CN-33")
        with pytest.raises(ValueError, match="not a region id"):
            RegionId("CN-33").within("CN-330")

    def test_survives_copies(self) -> None:
        """An id that is pickled or copied is the same id."""
        region = RegionId("CN-33")
        assert pickle.loads(pickle.dumps(region)) == copy.deepcopy(region) == region
        assert type(copy.copy(region)) is RegionId


class TestIssuerId:
    @given(issuers)
    def test_every_id_of_the_grammar(self, text: str) -> None:
        """An id of the grammar is accepted and falls into region and office."""
        issuer = IssuerId(text)
        assert ".".join(filter(None, (issuer.region, issuer.office))) == text

    @pytest.mark.parametrize(
        "text", [*BAD_REGIONS, "CN.", "CN.wjw", "CN.123456789", "CN..A", ".WJW", "CN-33.A.B", "CN-33.卫健委"]
    )
    def test_another_form(self, text: str) -> None:
        """Anything else is a ValueError."""
        with pytest.raises(ValueError, match="is not an issuer id"):
            IssuerId(text)

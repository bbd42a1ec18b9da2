"""Where an issuer's status lists stand: its `status` address in a registry."""

from dataclasses import replace

from healthpass import IssuerId
from healthpass.authority import RegistryDocument
from healthpass.documents._fields import check_list_base


def with_status_base(registry: RegistryDocument, issuer: IssuerId, base: str) -> RegistryDocument:
    """Name the address of a listed issuer's lists.

    Raises:
        ValueError: when it is no such address, or the issuer has another one.
    """
    check_list_base(base)
    issuers = []
    for entry in registry.issuers:
        if entry.id == issuer:
            if entry.status not in {None, base}:
                raise ValueError(
                    f"the status lists of {issuer} stand at {entry.status} already; change that in the source"
                )
            issuers.append(entry._replace(status=base))
        else:
            issuers.append(entry)
    return replace(registry, issuers=tuple(issuers))


def base_of(registry: RegistryDocument, issuer: IssuerId) -> str | None:
    """Return the address of an issuer's lists; None where there is none."""
    return next((entry.status for entry in registry.issuers if entry.id == issuer), None)

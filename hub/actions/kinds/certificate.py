"""Attestation fiscale: a paper that the service sends in its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.actions.kinds.base import Asked, Change, Field, Ground, Kind, read_all

YEARS = 3


class TaxCertificate(Kind):
    """Nothing in the dossier changes."""

    slug, title, is_single = "attestation", "Attestation fiscale", False
    sentence = "Je demande une attestation fiscale."

    def inputs(self, ground: Ground) -> Sequence[Field]:
        last = ground.today.year - 1
        years = tuple((str(year), str(year)) for year in range(last, last - YEARS, -1))
        return (Field("annee", "Année", "choice", required=True, options=years),)

    async def present(self, ground: Ground) -> Mapping[str, str]:
        return {"annee": str(ground.today.year - 1)}

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found = read_all(self.inputs(ground), typed)
        return Asked((Change("Année", "", found["annee"]),), {})

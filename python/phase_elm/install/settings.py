"""The settings a case runs ELM with: ``lnd_in``, options of build-namelist, ``user_nl_elm``."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from phase_elm.install.case import Case
from phase_elm.install.namelist import is_true, parsed, unquoted

#: What ELM takes where nothing says otherwise.
DEFAULTS = {
    "do_budgets": ".true.",
    "budget_ltann": "1",
    "use_cn": ".true.",
    "use_vertsoilc": ".true.",
    "nu_com": "'RD'",
    "suplnitro": "'NONE'",
    "suplphos": "'NONE'",
    "spinup_state": "0",
    "nyears_ad_carbon_only": "0",
    "spinup_mortality_factor": "1",
    "maxpatch_pft": "17",
}


@dataclass(frozen=True)
class Settings:
    """ELM's namelist entries by lower-case name, as written.

    Parameters:
        values: The entries.
        source: Where they come from, in words.
    """

    values: dict[str, str]
    source: str

    def on(self, name: str) -> bool:
        return is_true(self.values.get(name, ".false."))

    def text(self, name: str) -> str:
        return unquoted(self.values.get(name, ""))

    def number(self, name: str) -> int:
        """An integer entry, 0 where there is none or it is no number."""
        try:
            return int(float(self.values.get(name, "0")))
        except ValueError:
            return 0


def lnd_in_of(case: Case, suffix: str = "") -> Path | None:
    """The case's ``lnd_in`` where CIME has made one."""
    places = [case.root / "Buildconf" / "elmconf" / "lnd_in"]
    if case.rundir is not None:
        places.insert(0, case.rundir / f"lnd_in{suffix}")
    places.append(case.root / "CaseDocs" / f"lnd_in{suffix}")
    return next((path for path in places if path.is_file()), None)


def effective(case: Case, suffix: str = "") -> Settings:
    """Settings of one instance; what the user wrote last wins over an older ``lnd_in``."""
    values, sources = dict(DEFAULTS), []
    lnd_in = lnd_in_of(case, suffix)
    if lnd_in is not None:
        values |= parsed(lnd_in.read_text(errors="replace"))
        sources.append(str(lnd_in))
    else:
        values |= {"use_cn": ".false.", "use_vertsoilc": ".false."}
    options = _of_options(case.get("ELM_BLDNML_OPTS"))
    if options:
        values |= options
        sources.append("ELM_BLDNML_OPTS")
    if "transient" in case.get("ELM_NML_USE_CASE") and not values.get("flanduse_timeseries"):
        values["flanduse_timeseries"] = f"'use case {case.get('ELM_NML_USE_CASE')}'"
    user = case.root / f"user_nl_elm{suffix}"
    if user.is_file():
        values |= parsed(user.read_text(errors="replace"))
        sources.append(user.name)
    return Settings(values, ", ".join(sources))


def _of_options(options: str) -> dict[str, str]:
    """What build-namelist's options decide."""
    words = shlex.split(options)
    given = {
        word.lstrip("-"): words[k + 1] if k + 1 < len(words) else ""
        for k, word in enumerate(words)
        if word.startswith("-")
    }
    found: dict[str, str] = {}
    bgc = given.get("bgc", "").lower()
    if bgc:
        found["use_cn"] = ".true." if bgc in ("cn", "bgc") else ".false."
        found["use_vertsoilc"] = ".true." if bgc in ("bgc", "fates") else ".false."
        found["use_fates"] = ".true." if bgc == "fates" else ".false."
        found["use_century_decomp"] = ".true." if bgc == "bgc" else ".false."
    if "soil_decomp" in given:
        century = given["soil_decomp"].lower() == "century"
        found["use_century_decomp"] = ".true." if century else ".false."
    if "nutrient_comp_pathway" in given:
        found["nu_com"] = f"'{given['nutrient_comp_pathway'].upper()}'"
    if "nutrient" in given:
        carbon, nitrogen = given["nutrient"].lower() == "c", given["nutrient"].lower() == "cn"
        found["suplnitro"] = "'ALL'" if carbon else "'NONE'"
        found["suplphos"] = "'ALL'" if carbon or nitrogen else "'NONE'"
    if "bgc_spinup" in given:
        found["spinup_state"] = "1" if given["bgc_spinup"].lower() == "on" else "0"
    if "crop" in given:
        found["use_crop"] = ".true."
    if given.get("betr_mode", "").lower() == "on":
        found["use_betr"] = ".true."
    return found

"""Parameters of plants, decomposition and soil phosphorus, under ELM's names.

PFT values follow ELM's default CNP set for its 17 natural types. The phosphorus rates by soil
order are round numbers of the right size, not ELM's calibrated ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PFT_NAMES = (
    "not_vegetated",
    "needleleaf_evergreen_temperate_tree",
    "needleleaf_evergreen_boreal_tree",
    "needleleaf_deciduous_boreal_tree",
    "broadleaf_evergreen_tropical_tree",
    "broadleaf_evergreen_temperate_tree",
    "broadleaf_deciduous_tropical_tree",
    "broadleaf_deciduous_temperate_tree",
    "broadleaf_deciduous_boreal_tree",
    "broadleaf_evergreen_shrub",
    "broadleaf_deciduous_temperate_shrub",
    "broadleaf_deciduous_boreal_shrub",
    "c3_arctic_grass",
    "c3_non-arctic_grass",
    "c4_grass",
    "c3_crop",
    "c3_irrigated",
)
# fmt: off
SOIL_ORDER_NAMES = (
    "Water", "Andisols", "Gelisols", "Histosols", "Entisols", "Inceptisols", "Aridisols",
    "Vertisols", "Mollisols", "Alfisols", "Spodosols", "Ultisols", "Oxisols", "shiftingsand",
    "rockland", "iceglacier",
)
# fmt: on


class Parameter(NamedTuple):
    """Units, meaning and values of one parameter.

    Parameters:
        units: As in ELM's file.
        long_name: Meaning.
        text: Values separated by blanks; ``value*count`` repeats one.
    """

    units: str
    long_name: str
    text: str


PFT_PARAMETERS: dict[str, Parameter] = {
    "woody": Parameter("1", "0 herbaceous, 1 tree, 2 shrub", "0 1 1 1 1 1 1 1 1 2 2 2 0 0 0 0 0"),
    "evergreen": Parameter("1", "evergreen leaf habit", "0 1 1 0 1 1 0 0 0 1 0 0 0 0 0 0 0"),
    "season_decid": Parameter(
        "1",
        "seasonal-deciduous leaf habit",
        "0 0 0 1 0 0 0 1 1 0 0 1 1 0 0 0 0",
    ),
    "stress_decid": Parameter(
        "1",
        "stress-deciduous leaf habit",
        "0 0 0 0 0 0 1 0 0 0 1 0 0 1 1 1 1",
    ),
    "c3psn": Parameter(
        "1",
        "1 for C3, 0 for C4 photosynthesis",
        "1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 1 1",
    ),
    "crop": Parameter("1", "crop", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1"),
    "fcur": Parameter(
        "1",
        "share of growth displayed at once",
        "0 1 1 0 1 1 0 0 0 1 0 0 0 0 0 0 0",
    ),
    "leafcn": Parameter("gC/gN", "leaf C:N", "1 35 40 25 30 30 25 25 25 30 25 25 25 25 25 25 25"),
    "lflitcn": Parameter(
        "gC/gN",
        "leaf litter C:N",
        "1 70 80 50 60 60 50 50 50 60 50 50 50 50 50 50 50",
    ),
    "leafcp": Parameter(
        "gC/gP",
        "leaf C:P",
        "1 525 400 250 600 450 500 375 250 450 375 250 250 375 375 275 275",
    ),
    "lflitcp": Parameter(
        "gC/gP",
        "leaf litter C:P",
        "1 1050 800 500 1200 900 1000 750 500 900 750 500 500 750 750 550 550",
    ),
    "frootcn": Parameter(
        "gC/gN",
        "fine root C:N",
        "1 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42",
    ),
    "frootcp": Parameter(
        "gC/gP",
        "fine root C:P",
        "1 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000 1000",
    ),
    "livewdcn": Parameter("gC/gN", "live wood C:N", "1 50 50 50 50 50 50 50 50 50 50 50 0 0 0 0 0"),
    "livewdcp": Parameter(
        "gC/gP",
        "live wood C:P",
        "1 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000",
    ),
    "deadwdcn": Parameter(
        "gC/gN",
        "dead wood C:N",
        "1 500 500 500 500 500 500 500 500 500 500 500 0 0 0 0 0",
    ),
    "deadwdcp": Parameter(
        "gC/gP",
        "dead wood C:P",
        "1 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000 3000",
    ),
    "slatop": Parameter(
        "m2/gC",
        "specific leaf area at the top of the canopy",
        "0 0.01 0.008 0.024 0.012 0.012 0.03 0.03 0.03 0.012 0.03 0.03 0.03 0.03 0.03 0.03 0.03",
    ),
    "dsladlai": Parameter(
        "m2/gC",
        "change of specific leaf area per unit of leaf area index",
        "0 0.0006 0.0006 0.0015 0.0008 0.0008 0.002 0.002 0.002 0 0 0 0 0 0 0 0",
    ),
    "leaf_long": Parameter("yr", "leaf longevity", "0 1.5 3.5 1 1 1 1 1 1 1.5 1 1 1 1 1 1 1"),
    "froot_long": Parameter("yr", "fine root longevity", "0 1.5 3.5 1 1 1 1 1 1 1.5 1 1 1 1 1 1 1"),
    "froot_leaf": Parameter(
        "gC/gC",
        "new fine root C per new leaf C",
        "0 1 1 0.5 0.794 1 1 1 1 2 1 2 2 2 2 2 2",
    ),
    "stem_leaf": Parameter(
        "gC/gC",
        "new stem C per new leaf C; negative: depends on NPP",
        "0 -1 -1 -1.3 -0.55 -1 -1 -1 -1 0.2 0.2 0.2 0 0 0 0 0",
    ),
    "croot_stem": Parameter(
        "gC/gC",
        "new coarse root C per new stem C",
        "0 0.3 0.3 0.2 0.3 0.3 0.3 0.3 0.3 0.3 0.3 0.3 0 0 0 0 0",
    ),
    "flivewd": Parameter(
        "1",
        "share of new wood that is live",
        "0 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.5 0.5 0.1 0 0 0 0 0",
    ),
    "flnr": Parameter(
        "1",
        "share of leaf N in Rubisco",
        "0 .0509 .042 .07 .058 .0515 .0716 .1007*2 .0517 .12 .1365*2 .1 .058 .1 .1758",
    ),
    "fnr": Parameter("gRubisco/gN", "mass ratio of Rubisco to its N", "7.16*17"),
    "act25": Parameter("umol/mgRubisco/min", "specific activity of Rubisco at 25 C", "3.6*17"),
    "mbbopt": Parameter("1", "Ball-Berry slope", "9 9 9 9 9 9 9 9 9 9 9 9 9 9 4 9 9"),
    "bbbopt": Parameter(
        "umol/m2/s",
        "Ball-Berry intercept",
        "10000*14 40000 10000*2",
    ),
    "qe": Parameter(
        "mol/mol",
        "quantum efficiency of C4 photosynthesis",
        "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.05 0 0",
    ),
    "theta_cj": Parameter(
        "1",
        "co-limitation parameter",
        "0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.98 0.8 0.98 0.98",
    ),
    "roota_par": Parameter("1/m", "root distribution a", "0 3 7 7 3 7 6 6 6 7 7 7 11 11 11 6 6"),
    "rootb_par": Parameter(
        "1/m",
        "root distribution b",
        "0 1.25 2 2 1.25 1 2 2 2 1.5 1.5 1.5 2 2 2 3 3",
    ),
    "rootprof_beta": Parameter(
        "1",
        "root profile beta of litter input and N fixation",
        "0 0.976 0.943*2 0.962 0.966 0.961 0.966 0.943 0.964*2 0.914*2 0.943*2 0.961*2",
    ),
    "smpso": Parameter(
        "mm",
        "soil water potential at full stomatal opening",
        "0 -66000*5 -35000*3 -83000*3 -74000*5",
    ),
    "smpsc": Parameter(
        "mm",
        "soil water potential at full stomatal closure",
        "0 -255000*5 -224000*3 -428000*3 -275000*5",
    ),
    "grperc": Parameter("1", "growth respiration per unit of growth", "0.3*17"),
    "grpnow": Parameter("1", "share of growth respiration paid at once", "1*17"),
    "nstor": Parameter("yr", "years of nutrient need held in store", "3*17"),
    "br_xr": Parameter("1/s", "base rate of excess respiration", "1e-08*17"),
    "lf_flab": Parameter(
        "1",
        "leaf litter labile share",
        "0 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25",
    ),
    "lf_fcel": Parameter(
        "1",
        "leaf litter cellulose share",
        "0 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5",
    ),
    "lf_flig": Parameter(
        "1",
        "leaf litter lignin share",
        "0 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25",
    ),
    "fr_flab": Parameter(
        "1",
        "fine root litter labile share",
        "0 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25",
    ),
    "fr_fcel": Parameter(
        "1",
        "fine root litter cellulose share",
        "0 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5",
    ),
    "fr_flig": Parameter(
        "1",
        "fine root litter lignin share",
        "0 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25",
    ),
    "cc_leaf": Parameter(
        "1",
        "combustion completeness of leaves",
        "0 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8",
    ),
    "cc_lstem": Parameter(
        "1",
        "combustion completeness of live stem",
        "0 0.22 0.25 0.25 0.22 0.22 0.22 0.22 0.22 0.3 0.3 0.3 0.8 0.8 0.8 0.8 0.8",
    ),
    "cc_dstem": Parameter(
        "1",
        "combustion completeness of dead stem",
        "0 0.22 0.25 0.25 0.22 0.22 0.22 0.22 0.22 0.3 0.3 0.3 0.8 0.8 0.8 0.8 0.8",
    ),
    "cc_other": Parameter(
        "1",
        "combustion completeness of other plant parts",
        "0 0.45 0.5 0.5 0.45 0.45 0.45 0.45 0.45 0.55 0.55 0.55 0.8 0.8 0.8 0.8 0.8",
    ),
    "fm_leaf": Parameter(
        "1",
        "fire mortality of leaves",
        "0 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8 0.8",
    ),
    "fm_lstem": Parameter(
        "1",
        "fire mortality of live stem",
        "0 0.45 0.5 0.5 0.45 0.45 0.35 0.35 0.45 0.55 0.55 0.55 0.8 0.8 0.8 0.8 0.8",
    ),
    "fm_dstem": Parameter(
        "1",
        "fire mortality of dead stem",
        "0 0.45 0.5 0.5 0.45 0.45 0.35 0.35 0.45 0.55 0.55 0.55 0.8 0.8 0.8 0.8 0.8",
    ),
    "fm_other": Parameter(
        "1",
        "fire mortality of other plant parts",
        "0 0.45 0.5 0.5 0.45 0.45 0.35 0.35 0.45 0.55 0.55 0.55 0.8 0.8 0.8 0.8 0.8",
    ),
    "fm_root": Parameter(
        "1",
        "fire mortality of fine roots",
        "0 0.13 0.15 0.15 0.13 0.13 0.1 0.1 0.13 0.17 0.17 0.17 0.2 0.2 0.2 0.2 0.2",
    ),
    "fm_lroot": Parameter(
        "1",
        "fire mortality of live coarse roots",
        "0 0.13 0.15 0.15 0.13 0.13 0.1 0.1 0.13 0.17 0.17 0.17 0.2 0.2 0.2 0.2 0.2",
    ),
    "fm_droot": Parameter(
        "1",
        "fire mortality of dead coarse roots",
        "0 0.13 0.15 0.15 0.13 0.13 0.1 0.1 0.13 0.17 0.17 0.17 0.2 0.2 0.2 0.2 0.2",
    ),
    "fsr_pft": Parameter(
        "m/s",
        "fire spread rate",
        "0 0.4 0.43 0.43 0.4 0.4 0.4 0.4 0.4 0.46 0.46 0.46 0.55 0.55 0.55 0.55 0.55",
    ),
    "fd_pft": Parameter("h", "fire duration", "0 24 24 24 24 24 24 24 24 24 24 24 24 24 24 24 24"),
}

GLOBAL_PARAMETERS: dict[str, Parameter] = {
    "k_l1": Parameter("1/day", "decomposition rate of litter 1", "1.20397280432594"),
    "k_l2": Parameter("1/day", "decomposition rate of litter 2", "0.0725706928348355"),
    "k_l3": Parameter("1/day", "decomposition rate of litter 3", "0.0140989243795016"),
    "k_s1": Parameter("1/day", "decomposition rate of soil 1", "0.0725706928348355"),
    "k_s2": Parameter("1/day", "decomposition rate of soil 2", "0.0140989243795016"),
    "k_s3": Parameter("1/day", "decomposition rate of soil 3", "0.0014009809156281"),
    "k_s4": Parameter("1/day", "decomposition rate of soil 4", "0.000100005000333347"),
    "k_frag": Parameter(
        "1/day",
        "fragmentation rate of coarse woody debris",
        "0.00100050033358353",
    ),
    "rf_l1s1": Parameter("1", "respired share, litter 1 to soil 1", "0.39"),
    "rf_l2s2": Parameter("1", "respired share, litter 2 to soil 2", "0.55"),
    "rf_l3s3": Parameter("1", "respired share, litter 3 to soil 3", "0.29"),
    "rf_s1s2": Parameter("1", "respired share, soil 1 to soil 2", "0.28"),
    "rf_s2s3": Parameter("1", "respired share, soil 2 to soil 3", "0.46"),
    "rf_s3s4": Parameter("1", "respired share, soil 3 to soil 4", "0.55"),
    "cn_s1": Parameter("gC/gN", "C:N of soil 1", "12"),
    "cn_s2": Parameter("gC/gN", "C:N of soil 2", "12"),
    "cn_s3": Parameter("gC/gN", "C:N of soil 3", "10"),
    "cn_s4": Parameter("gC/gN", "C:N of soil 4", "10"),
    "np_s1_new": Parameter("gN/gP", "N:P of new soil 1", "30"),
    "np_s2_new": Parameter("gN/gP", "N:P of new soil 2", "30"),
    "np_s3_new": Parameter("gN/gP", "N:P of new soil 3", "50"),
    "np_s4_new": Parameter("gN/gP", "N:P of new soil 4", "50"),
    "cwd_fcel": Parameter("1", "cellulose share of coarse woody debris", "0.76"),
    "cwd_flig": Parameter("1", "lignin share of coarse woody debris", "0.24"),
    "q10_hr": Parameter("1", "Q10 of heterotrophic respiration", "1.5"),
    "froz_q10": Parameter("1", "Q10 of heterotrophic respiration in frozen soil", "1.5"),
    "minpsi_hr": Parameter("MPa", "lowest water potential for decomposition", "-10"),
    "decomp_depth_efolding": Parameter("m", "e-folding depth of decomposition", "0.5"),
    "q10_mr": Parameter("1", "Q10 of maintenance respiration", "1.5"),
    "br_mr": Parameter("gC/gN/s", "base rate of maintenance respiration", "2.525e-06"),
    "r_mort": Parameter("1/yr", "mortality", "0.02"),
    "dayscrecover": Parameter("day", "time to repay a carbon deficit", "30"),
    "fstor2tran": Parameter("1", "share of storage moved to transfer at onset", "0.5"),
    "lwtop_ann": Parameter("1/yr", "live wood turnover", "0.7"),
    "ndays_on": Parameter("day", "length of leaf onset", "30"),
    "ndays_off": Parameter("day", "length of leaf offset", "15"),
    "crit_dayl": Parameter("s", "critical day length for senescence", "39300"),
    "crit_dayl_stress": Parameter("s", "critical day length, stress-deciduous", "36000"),
    "cumprec_onset": Parameter("mm", "rain in ten days needed for onset", "20"),
    "crit_onset_fdd": Parameter("day", "freezing days that start the warmth count", "15"),
    "crit_onset_swi": Parameter("day", "moist days needed for onset", "15"),
    "soilpsi_on": Parameter("MPa", "water potential of moist days", "-2"),
    "crit_offset_fdd": Parameter("day", "freezing days that start offset", "15"),
    "crit_offset_swi": Parameter("day", "dry days that start offset", "15"),
    "soilpsi_off": Parameter("MPa", "water potential of dry days", "-2"),
    "gddfunc_p1": Parameter("1", "onset warmth: intercept of the exponent", "4.8"),
    "gddfunc_p2": Parameter("1/K", "onset warmth: slope of the exponent", "0.13"),
    "k_nitr_max": Parameter("1/s", "maximum nitrification rate", "1.1574074e-06"),
    "sf_no3": Parameter("1", "soluble share of nitrate", "1"),
    "depth_runoff_Nloss": Parameter("m", "depth that surface runoff leaches", "0.05"),
    "compet_plant_no3": Parameter("1", "competitiveness of plants for NO3", "1"),
    "compet_plant_nh4": Parameter("1", "competitiveness of plants for NH4", "1"),
    "compet_decomp_no3": Parameter("1", "competitiveness of decomposers for NO3", "1"),
    "compet_decomp_nh4": Parameter("1", "competitiveness of decomposers for NH4", "1"),
    "compet_denit": Parameter("1", "competitiveness of denitrifiers for NO3", "1"),
    "compet_nit": Parameter("1", "competitiveness of nitrifiers for NH4", "1"),
    "mino2lim": Parameter("1", "lowest oxygen scalar of decomposition", "0.2"),
}

ORDER_PARAMETERS: dict[str, Parameter] = {
    "smax": Parameter(
        "gP/m3",
        "sorption capacity",
        "80 80 75 75 50 78 78 78 75 55 75 100 133 80 80 80",
    ),
    "ks_sorption": Parameter("gP/m3", "half-saturation of sorption", "60*16"),
    "r_weather": Parameter("1/month", "weathering of primary P", "2e-05*16"),
    "r_adsorp": Parameter("1/month", "adsorption of labile P", "0.014*16"),
    "r_desorp": Parameter("1/month", "desorption of secondary P", "0.0022*16"),
    "r_occlude": Parameter("1/month", "occlusion of secondary P", "1e-06*16"),
    "k_s1_biochem": Parameter("1/month", "biochemical mineralisation of P, soil 1", "0.001*16"),
    "k_s2_biochem": Parameter("1/month", "biochemical mineralisation of P, soil 2", "0.001*16"),
    "k_s3_biochem": Parameter("1/month", "biochemical mineralisation of P, soil 3", "0.0002*16"),
    "k_s4_biochem": Parameter("1/month", "biochemical mineralisation of P, soil 4", "2e-05*16"),
    "r_mort_soilorder": Parameter("1/yr", "mortality of tropical broadleaf trees", "0.02*16"),
}


def as_array(parameter: Parameter) -> np.ndarray:
    """Values as float64."""
    values: list[float] = []
    for item in parameter.text.split():
        value, _, count = item.partition("*")
        values += [float(value)] * int(count or 1)
    return np.array(values)

"""PHASE for ELM: a learned jump to near-equilibrium carbon, nitrogen and phosphorus pools."""

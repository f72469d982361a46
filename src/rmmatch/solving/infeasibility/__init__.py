"""Why no matching is allowed: the smallest conflict, and what would be enough.

A `Wish` of the public words is a *requirement* in the solver's language: a pin, a rule, a hard
quota, a minimum load or a capacity. The terms are those of the literature. A conflict that no
requirement can leave is an irreducible infeasible subset, or IIS (Chinneck and Dravnieks, 1991),
known of formulas as a minimal unsatisfiable subset; what is let go to make the others possible is
a correction set, and conflicts and correction sets are each other's minimal hitting sets (Reiter,
1987; Liffiton and Sakallah, 2008).
"""

__all__: list[str] = []

"""What is solved: the tiers, the loads and the side constraints of a cohort and a scheme."""

__all__: list[str] = []

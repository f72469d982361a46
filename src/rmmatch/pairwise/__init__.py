"""What a criterion or a rule computes with: features of people, kernels of pairs."""

__all__: list[str] = []

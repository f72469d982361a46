"""What several tests use: people, random problems, slow references."""

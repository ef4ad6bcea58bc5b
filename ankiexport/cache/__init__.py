"""What earlier runs have found out, kept by content. Losing it costs time and nothing else."""

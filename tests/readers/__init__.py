"""Programs that read exported files with the real libraries; each runs by itself and prints JSON."""

"""What a strategy would do before it does it: sizes, overlap, load, power, dry runs, replays, forecasts."""

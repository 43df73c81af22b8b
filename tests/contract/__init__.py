"""What every driver must hold, whatever its device: the suite reads MODELS and the cases, and names no model."""

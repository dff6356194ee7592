"""What is done with a trained network: measuring it, and cutting it down."""

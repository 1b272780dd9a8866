"""The only wiring: settings in, adapters made, handed to the pipeline, to commands and to pages."""

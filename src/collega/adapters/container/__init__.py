"""Apps in containers: fenced in by podman or docker, limited, accounted, never fetched."""

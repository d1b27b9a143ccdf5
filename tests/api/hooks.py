"""What schemathesis does not know by itself."""

import schemathesis


@schemathesis.serializer("application/partial-upload")
def partial_upload(ctx, value):
    """A piece of a file is its octets."""
    return value if isinstance(value, bytes) else str(value).encode()

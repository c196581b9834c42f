"""The container of a .hrn file: one protobuf message in canonical form, its weights on a page boundary.

Field order: magic, graph, digest, certificate, signature, padding, weights. `padding` brings the payload of `weights`
to a multiple of 4096 bytes; constants and golden blobs lie in that payload at multiples of 64, in order, with zeros
between. Schemas/README.md describes the bytes.
"""

import hashlib

from . import hrn_pb2
from .errors import InputError
from .files import write_atomically

MAGIC = b"\x89HRN\r\n\x1a\n"
PAGE = 4096
ALIGNMENT = 64
GRAPH_LIMIT = 16 << 20


def needed_version(graph):
    """The lowest version of the format that has all that a source graph uses; a file says it as its format_version."""
    for node in graph.nodes:
        kind = node.WhichOneof("operation")
        operation = getattr(node, kind)
        if kind in ("concat", "tree_constraint", "local_response_norm"):
            return 2
        if kind == "batch_norm" and (operation.epsilon == 0 or operation.HasField("activation")):
            return 2
        activation = operation if kind == "activation" else getattr(operation, "activation", None)
        if activation is not None and activation.kind > hrn_pb2.ACTIVATION_SIGMOID:
            return 2
    return 2 if any(tensor.HasField("range") for tensor in graph.tensors) else 1


class Payload:
    """The weights payload under construction."""

    def __init__(self):
        self.content = bytearray()

    def append(self, blob, region):
        """Adds a blob and fills in the Region message that says where it lies."""
        self.content += bytes(-len(self.content) % ALIGNMENT)
        region.offset, region.length = len(self.content), len(blob)
        self.content += blob


def encode(graph, payload):
    """The bytes of a file with this Graph message and weights payload."""
    graph_bytes = graph.SerializeToString(deterministic=True)
    if len(graph_bytes) > GRAPH_LIMIT:
        raise InputError(f"the graph takes {len(graph_bytes)} bytes, a .hrn file holds at most {GRAPH_LIMIT}")
    weights = bytes(payload)
    digest = hrn_pb2.Digest(graph_sha256=hashlib.sha256(graph_bytes).digest(),
                            weights_sha256=hashlib.sha256(weights).digest())
    head = _field(1, MAGIC) + _field(2, graph_bytes) + _field(3, digest.SerializeToString(deterministic=True))
    weights_header = _tag(7) + _varint(len(weights))
    return head + _padding(-(len(head) + len(weights_header)) % PAGE) + weights_header + weights


def write(path, graph, payload):
    """Writes a file atomically."""
    content = encode(graph, payload)
    write_atomically(path, lambda file: file.write(content))


def read(path):
    """(Graph message, weights payload) of a file whose digests hold."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:10] != _field(1, MAGIC):
        raise InputError(f"{path}: starts with {content[:10].hex()}, expected a .hrn file")
    try:
        model = hrn_pb2.Model.FromString(content)
    except Exception as error:
        raise InputError(f"{path}: not a valid protobuf message: {error}") from None
    graph_bytes = model.graph.SerializeToString(deterministic=True)
    for part, found, expected in (("graph", graph_bytes, model.digest.graph_sha256),
                                  ("weights", model.weights, model.digest.weights_sha256)):
        if hashlib.sha256(found).digest() != expected:
            raise InputError(f"{path}: the digest of the {part} does not match; the file is damaged, copy it again")
    return model.graph, model.weights


def _tag(number):
    return bytes([number << 3 | 2])


def _varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def _field(number, content):
    return _tag(number) + _varint(len(content)) + content


def _padding(size):
    """The padding field that takes exactly `size` bytes, a page more where no minimal varint allows that."""
    if size == 0:
        return b""
    for total in (size, size + PAGE):
        for header in (2, 3):
            field = _field(6, bytes(max(0, total - header)))
            if len(field) == total:
                return field
    raise AssertionError(f"no padding field of {size} bytes")

// The canonical form of a message, checked before protobuf-c sees a byte. What protobuf-c would merge, skip, widen or
// amplify is refused here, so its unpacker only ever meets input that has one reading.
#include "schema_internal.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/// What protobuf-c's unpacker allocates for each field it meets, beyond the value itself: two notes of 32 bytes, and
/// a pointer.
enum { COST_PER_FIELD = 72 };

typedef struct {
  const uint8_t *start;
  size_t budget;
  hrn_wire_fault *fault;
} checker;

typedef struct {
  const ProtobufCMessageDescriptor *message;
  uint32_t field;
} place;

static int fail(checker *c, place p, hrn_wire_reason reason, const uint8_t *where, uint64_t value) {
  int32_t message = 0;
  while (message < HRN_MESSAGE_COUNT && hrn_descriptor(message) != p.message) message++;
  *c->fault = (hrn_wire_fault){reason, message, p.field, (uint64_t)(where - c->start), value};
  return 0;
}

static int spend(checker *c, place p, size_t cost, const uint8_t *where) {
  if (cost > c->budget) return fail(c, p, HRN_WIRE_BUDGET, where, cost);
  c->budget -= cost;
  return 1;
}

/// Reads a minimal varint of at most 64 bits and moves the cursor behind it.
static int read_varint(checker *c, place p, const uint8_t **cursor, const uint8_t *end, uint64_t *value) {
  const uint8_t *at = *cursor;
  uint64_t sum = 0;
  for (unsigned shift = 0;; shift += 7, at++) {
    if (at == end) return fail(c, p, HRN_WIRE_TRUNCATED, *cursor, 0);
    if (shift == 63 && *at > 1) return fail(c, p, HRN_WIRE_VARINT, *cursor, 0);
    sum |= (uint64_t)(*at & 0x7F) << shift;
    if (*at < 0x80) break;
  }
  if (*at == 0 && at != *cursor) return fail(c, p, HRN_WIRE_VARINT, *cursor, sum);
  *cursor = at + 1;
  *value = sum;
  return 1;
}

static int check_number(checker *c, place p, const ProtobufCFieldDescriptor *field, uint64_t value,
                        const uint8_t *where) {
  switch (field->type) {
    case PROTOBUF_C_TYPE_UINT64: return 1;
    case PROTOBUF_C_TYPE_UINT32: return value <= UINT32_MAX || fail(c, p, HRN_WIRE_RANGE, where, value);
    case PROTOBUF_C_TYPE_BOOL: return value <= 1 || fail(c, p, HRN_WIRE_RANGE, where, value);
    case PROTOBUF_C_TYPE_ENUM:
      if (value <= INT32_MAX && protobuf_c_enum_descriptor_get_value(field->descriptor, (int)value)) return 1;
      return fail(c, p, HRN_WIRE_ENUMERATOR, where, value);
    default: hrn_misuse();
  }
}

/// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7) without NUL; else where the first ill-formed one is.
static int is_text(const uint8_t *at, const uint8_t *end, const uint8_t **wrong) {
  while (at < end) {
    uint8_t lead = *at, low = 0x80, high = 0xBF;
    unsigned more = 0;
    *wrong = at++;
    if (lead == 0) return 0;
    if (lead < 0x80) continue;
    if (lead >= 0xC2 && lead <= 0xDF) more = 1;
    else if (lead >= 0xE0 && lead <= 0xEF) more = 2;
    else if (lead >= 0xF0 && lead <= 0xF4) more = 3;
    else return 0;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (; more; more--, at++, low = 0x80, high = 0xBF)
      if (at == end || *at < low || *at > high) return 0;
  }
  return 1;
}

static size_t packed_element_size(const ProtobufCFieldDescriptor *field) {
  switch (field->type) {
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    default: return 4;
  }
}

static unsigned wire_type_of(const ProtobufCFieldDescriptor *field) {
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return WIRE_BYTES;
  switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM: return WIRE_VARINT;
    case PROTOBUF_C_TYPE_FLOAT: return WIRE_32;
    case PROTOBUF_C_TYPE_DOUBLE: return WIRE_64;
    default: return WIRE_BYTES;
  }
}

static int check_packed(checker *c, place p, const ProtobufCFieldDescriptor *field, const uint8_t *at,
                        const uint8_t *end) {
  size_t length = (size_t)(end - at), size = packed_element_size(field);
  if (length == 0) return fail(c, p, HRN_WIRE_PACKED, at, 0);
  if (field->type == PROTOBUF_C_TYPE_FLOAT || field->type == PROTOBUF_C_TYPE_DOUBLE) {
    if (length % size != 0) return fail(c, p, HRN_WIRE_PACKED, at, length);
    return spend(c, p, length, at);
  }
  while (at < end) {
    const uint8_t *where = at;
    uint64_t value;
    if (!spend(c, p, size, where) || !read_varint(c, p, &at, end, &value) || !check_number(c, p, field, value, where))
      return 0;
  }
  return 1;
}

static int check_message(checker *c, const ProtobufCMessageDescriptor *message, const uint8_t *at,
                         const uint8_t *end);

/// Checks a length-delimited value; the schema has no recursive message, which bounds the nesting.
static int check_bytes(checker *c, place p, const ProtobufCFieldDescriptor *field, const uint8_t *at,
                       const uint8_t *end) {
  size_t length = (size_t)(end - at);
  const uint8_t *wrong = at;
  switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return check_message(c, field->descriptor, at, end);
    case PROTOBUF_C_TYPE_BYTES: return spend(c, p, length, at);
    case PROTOBUF_C_TYPE_STRING:
      if (!is_text(at, end, &wrong)) return fail(c, p, HRN_WIRE_TEXT, wrong, *wrong);
      return spend(c, p, length + 1, at);
    default: return check_packed(c, p, field, at, end);
  }
}

static int check_message(checker *c, const ProtobufCMessageDescriptor *message, const uint8_t *at,
                         const uint8_t *end) {
  uint32_t last = 0;
  int oneof_is_set = 0;
  if (!spend(c, (place){message, 0}, message->sizeof_message, at)) return 0;
  while (at < end) {
    const uint8_t *start = at;
    uint64_t tag, value;
    place p = {message, 0};
    if (!read_varint(c, p, &at, end, &tag)) return 0;
    if (tag >> 3 == 0 || tag >> 3 > UINT32_MAX) return fail(c, p, HRN_WIRE_UNKNOWN_FIELD, start, tag >> 3);
    p.field = (uint32_t)(tag >> 3);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, p.field);
    if (!field) return fail(c, p, HRN_WIRE_UNKNOWN_FIELD, start, p.field);
    if (p.field < last) return fail(c, p, HRN_WIRE_ORDER, start, last);
    if (p.field == last && field->label != PROTOBUF_C_LABEL_REPEATED) return fail(c, p, HRN_WIRE_REPEATED, start, 0);
    int packed = field->label == PROTOBUF_C_LABEL_REPEATED && field->type != PROTOBUF_C_TYPE_STRING &&
                 field->type != PROTOBUF_C_TYPE_BYTES && field->type != PROTOBUF_C_TYPE_MESSAGE;
    if (p.field == last && packed) return fail(c, p, HRN_WIRE_REPEATED, start, 0);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
      if (oneof_is_set) return fail(c, p, HRN_WIRE_ONEOF, start, last);
      oneof_is_set = 1;
    }
    last = p.field;
    if ((tag & 7) != wire_type_of(field)) return fail(c, p, HRN_WIRE_TYPE, start, tag & 7);
    if (!spend(c, p, COST_PER_FIELD, start)) return 0;

    const uint8_t *where = at;
    switch (tag & 7) {
      case WIRE_VARINT:
        if (!read_varint(c, p, &at, end, &value) || !check_number(c, p, field, value, where)) return 0;
        break;
      case WIRE_BYTES:
        if (!read_varint(c, p, &at, end, &value)) return 0;
        if (value > (uint64_t)(end - at)) return fail(c, p, HRN_WIRE_TRUNCATED, where, value);
        if (!check_bytes(c, p, field, at, at + value)) return 0;
        at += value;
        break;
      default: {
        size_t size = (tag & 7) == WIRE_32 ? 4 : 8;
        if ((size_t)(end - at) < size) return fail(c, p, HRN_WIRE_TRUNCATED, where, size);
        at += size;
      }
    }
  }
  return 1;
}

int32_t hrn_wire_check(int32_t message, const uint8_t *bytes, size_t length, size_t budget, hrn_wire_fault *fault) {
  static const uint8_t nothing = 0;
  const uint8_t *start = length ? bytes : &nothing;
  checker c = {start, budget, fault};
  *fault = (hrn_wire_fault){HRN_WIRE_OK, message, 0, 0, 0};
  return check_message(&c, hrn_descriptor(message), start, start + length);
}

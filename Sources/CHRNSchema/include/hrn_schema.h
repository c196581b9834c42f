// The messages of Schemas/hrn.proto by field number, over protobuf-c, which stays behind this header.
//
// Messages are named by HRN_MESSAGE_*, fields by HRN_<MESSAGE>_<FIELD> (hrn_fields.h). Asking a message for a field it
// does not have, for another type than the field's, or for an index out of range is a defect of the caller and aborts.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why bytes are not the canonical form of a message.
typedef enum {
  HRN_WIRE_OK = 0,
  HRN_WIRE_TRUNCATED = 1,      // the message ends inside a field
  HRN_WIRE_VARINT = 2,         // a varint that is not minimal or exceeds 64 bits
  HRN_WIRE_TYPE = 3,           // the wire type is not the field's
  HRN_WIRE_UNKNOWN_FIELD = 4,  // the message has no such field
  HRN_WIRE_ORDER = 5,          // a field after one with a higher number
  HRN_WIRE_REPEATED = 6,       // a second value of a field that has one
  HRN_WIRE_ONEOF = 7,          // a second member of a oneof
  HRN_WIRE_RANGE = 8,          // a number that its type does not hold
  HRN_WIRE_ENUMERATOR = 9,     // a value that the enum does not have
  HRN_WIRE_TEXT = 10,          // a string that is not UTF-8 or holds a NUL
  HRN_WIRE_PACKED = 11,        // packed numbers that are empty or end inside one
  HRN_WIRE_BUDGET = 12,        // more memory than allowed once unpacked
} hrn_wire_reason;

/// The first thing wrong with a message.
typedef struct {
  hrn_wire_reason reason;
  int32_t message;  // HRN_MESSAGE_* in which it was found
  uint32_t field;   // its number, 0 where none was read
  uint64_t offset;  // of the field's tag or value, from the first byte given
  uint64_t value;   // the number found, where there is one
} hrn_wire_fault;

/// Checks that bytes are the canonical form of a message, and that unpacking them takes at most `budget` bytes.
///
/// Canonical: fields in ascending order, none unknown, each once unless repeated; minimal varints, of values the
/// field's type holds; repeated numbers packed and not empty; strings UTF-8 without NUL; at most one member of a oneof.
/// Returns 1, or 0 with the first fault. Takes time proportional to `length`, allocates nothing.
int32_t hrn_wire_check(int32_t message, const uint8_t *bytes, size_t length, size_t budget, hrn_wire_fault *fault);

/// The name of a message (`Tensor`), and of one of its fields (`element_type`), or null when there is none.
const char *hrn_message_name(int32_t message);
const char *hrn_field_name(int32_t message, uint32_t field);

/// A message in memory.
typedef struct hrn_message hrn_message;

/// Unpacks bytes that hrn_wire_check accepted. Returns null when the memory is not there or would exceed `budget`.
hrn_message *hrn_message_unpack(int32_t message, const uint8_t *bytes, size_t length, size_t budget);
/// Frees what hrn_message_unpack or hrn_message_new returned, with all it holds.
void hrn_message_free(hrn_message *message);

/// How many values a field has: 0 or 1, or the number of elements of a repeated field.
size_t hrn_count(const hrn_message *message, uint32_t field);
/// The field of the message's oneof that is set, or 0.
uint32_t hrn_oneof(const hrn_message *message);
/// Gives the value of a uint32, uint64, bool or enum, or of a double, and returns 1; returns 0 when it is absent.
int32_t hrn_uint(const hrn_message *message, uint32_t field, uint64_t *value);
int32_t hrn_double(const hrn_message *message, uint32_t field, double *value);
/// The values of a repeated uint32, or of a float that may be repeated.
const uint32_t *hrn_uints(const hrn_message *message, uint32_t field, size_t *count);
const float *hrn_floats(const hrn_message *message, uint32_t field, size_t *count);
/// The string, bytes or message at `index`, 0 for a field that is not repeated.
const uint8_t *hrn_bytes(const hrn_message *message, uint32_t field, size_t index, size_t *length);
const hrn_message *hrn_child(const hrn_message *message, uint32_t field, size_t index);

/// Makes an empty message, for writing. Aborts when there is no memory, as all functions below.
hrn_message *hrn_message_new(int32_t message);
/// Sets a field, or appends to it when it is repeated. Bytes are copied.
void hrn_put_uint(hrn_message *message, uint32_t field, uint64_t value);
void hrn_put_float(hrn_message *message, uint32_t field, float value);
void hrn_put_double(hrn_message *message, uint32_t field, double value);
void hrn_put_bytes(hrn_message *message, uint32_t field, const uint8_t *bytes, size_t length);
/// Adds an empty message as a field's value; it belongs to `message`.
hrn_message *hrn_put_child(hrn_message *message, uint32_t field);

/// The size of the canonical form, and the form itself into `bytes`, which holds that many.
size_t hrn_packed_size(const hrn_message *message);
void hrn_pack(const hrn_message *message, uint8_t *bytes);

#ifdef __cplusplus
}
#endif

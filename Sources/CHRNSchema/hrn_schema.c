// Messages in memory: protobuf-c's structs, reached through their descriptors.
#include <stdlib.h>
#include <string.h>

#include "hrn.pb-c.h"
#include "schema_internal.h"

static const ProtobufCMessageDescriptor *const descriptors[HRN_MESSAGE_COUNT] = {
#include "hrn_descriptors.inc"
};

_Noreturn void hrn_misuse(void) { abort(); }

const ProtobufCMessageDescriptor *hrn_descriptor(int32_t message) {
  if (message < 0 || message >= HRN_MESSAGE_COUNT) hrn_misuse();
  return descriptors[message];
}

const char *hrn_message_name(int32_t message) {
  return message < 0 || message >= HRN_MESSAGE_COUNT ? NULL : descriptors[message]->short_name;
}

const char *hrn_field_name(int32_t message, uint32_t field) {
  if (message < 0 || message >= HRN_MESSAGE_COUNT) return NULL;
  const ProtobufCFieldDescriptor *found = protobuf_c_message_descriptor_get_field(descriptors[message], field);
  return found ? found->name : NULL;
}

static const ProtobufCMessage *base_of(const hrn_message *message) { return (const ProtobufCMessage *)message; }

static const ProtobufCFieldDescriptor *field_of(const hrn_message *message, uint32_t number) {
  const ProtobufCFieldDescriptor *field =
      protobuf_c_message_descriptor_get_field(base_of(message)->descriptor, number);
  if (!field) hrn_misuse();
  return field;
}

static void *at(const hrn_message *message, unsigned offset) { return (uint8_t *)message + offset; }

static size_t count_of(const hrn_message *message, const ProtobufCFieldDescriptor *field) {
  void *quantifier = at(message, field->quantifier_offset);
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return *(size_t *)quantifier;
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) return *(uint32_t *)quantifier == field->id;
  if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
    return *(void **)at(message, field->offset) != NULL;
  return *(protobuf_c_boolean *)quantifier != 0;
}

/// Where a repeated field's element, or a field's only value, lies.
static void *value_at(const hrn_message *message, const ProtobufCFieldDescriptor *field, size_t index, size_t size) {
  if (index >= count_of(message, field)) hrn_misuse();
  void *member = at(message, field->offset);
  return field->label == PROTOBUF_C_LABEL_REPEATED ? *(uint8_t **)member + index * size : member;
}

// ------------------------------------------------------------------------------------------------------- unpacking

typedef struct {
  size_t left;
} allowance;

static void *allowed_alloc(void *data, size_t size) {
  allowance *budget = data;
  if (size > budget->left) return NULL;
  budget->left -= size;
  return malloc(size ? size : 1);
}

static void allowed_free(void *data, void *pointer) {
  (void)data;
  free(pointer);
}

hrn_message *hrn_message_unpack(int32_t message, const uint8_t *bytes, size_t length, size_t budget) {
  allowance allowed = {budget};
  ProtobufCAllocator allocator = {allowed_alloc, allowed_free, &allowed};
  return (hrn_message *)protobuf_c_message_unpack(hrn_descriptor(message), &allocator, length, bytes);
}

void hrn_message_free(hrn_message *message) {
  ProtobufCAllocator allocator = {allowed_alloc, allowed_free, NULL};
  if (message) protobuf_c_message_free_unpacked((ProtobufCMessage *)message, &allocator);
}

// --------------------------------------------------------------------------------------------------------- reading

size_t hrn_count(const hrn_message *message, uint32_t number) {
  return count_of(message, field_of(message, number));
}

uint32_t hrn_oneof(const hrn_message *message) {
  const ProtobufCMessageDescriptor *descriptor = base_of(message)->descriptor;
  for (unsigned i = 0; i < descriptor->n_fields; i++)
    if (descriptor->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
      return *(uint32_t *)at(message, descriptor->fields[i].quantifier_offset);
  hrn_misuse();
}

int32_t hrn_uint(const hrn_message *message, uint32_t number, uint64_t *value) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->label == PROTOBUF_C_LABEL_REPEATED) hrn_misuse();
  if (count_of(message, field) == 0) return 0;
  const void *member = at(message, field->offset);
  switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM: *value = *(const uint32_t *)member; return 1;
    case PROTOBUF_C_TYPE_UINT64: *value = *(const uint64_t *)member; return 1;
    case PROTOBUF_C_TYPE_BOOL: *value = *(const protobuf_c_boolean *)member != 0; return 1;
    default: hrn_misuse();
  }
}

const uint32_t *hrn_uints(const hrn_message *message, uint32_t number, size_t *count) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_UINT32 || field->label != PROTOBUF_C_LABEL_REPEATED) hrn_misuse();
  *count = count_of(message, field);
  return *(uint32_t **)at(message, field->offset);
}

const float *hrn_floats(const hrn_message *message, uint32_t number, size_t *count) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_FLOAT) hrn_misuse();
  *count = count_of(message, field);
  void *member = at(message, field->offset);
  return field->label == PROTOBUF_C_LABEL_REPEATED ? *(float **)member : member;
}

int32_t hrn_double(const hrn_message *message, uint32_t number, double *value) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_DOUBLE || field->label == PROTOBUF_C_LABEL_REPEATED) hrn_misuse();
  if (count_of(message, field) == 0) return 0;
  *value = *(double *)at(message, field->offset);
  return 1;
}

const uint8_t *hrn_bytes(const hrn_message *message, uint32_t number, size_t index, size_t *length) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type == PROTOBUF_C_TYPE_STRING) {
    const char *text = *(char **)value_at(message, field, index, sizeof(char *));
    *length = strlen(text);
    return (const uint8_t *)text;
  }
  if (field->type != PROTOBUF_C_TYPE_BYTES) hrn_misuse();
  const ProtobufCBinaryData *bytes = value_at(message, field, index, sizeof(ProtobufCBinaryData));
  *length = bytes->len;
  return bytes->data;
}

const hrn_message *hrn_child(const hrn_message *message, uint32_t number, size_t index) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_MESSAGE) hrn_misuse();
  return *(hrn_message **)value_at(message, field, index, sizeof(hrn_message *));
}

// --------------------------------------------------------------------------------------------------------- writing

static void *allocate(size_t size) {
  void *memory = calloc(1, size ? size : 1);
  if (!memory) abort();
  return memory;
}

static hrn_message *new_message(const ProtobufCMessageDescriptor *descriptor) {
  ProtobufCMessage *message = allocate(descriptor->sizeof_message);
  protobuf_c_message_init(descriptor, message);
  return (hrn_message *)message;
}

hrn_message *hrn_message_new(int32_t message) { return new_message(hrn_descriptor(message)); }

/// Makes room for one more value of a field and returns where it goes. Arrays grow at each power of two.
static void *slot(hrn_message *message, const ProtobufCFieldDescriptor *field, size_t size) {
  void *quantifier = at(message, field->quantifier_offset);
  void *member = at(message, field->offset);
  if (field->label != PROTOBUF_C_LABEL_REPEATED) {
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
      if (hrn_oneof(message) != 0) hrn_misuse();
      *(uint32_t *)quantifier = field->id;
    } else if (count_of(message, field) != 0) {
      hrn_misuse();
    } else if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE) {
      *(protobuf_c_boolean *)quantifier = 1;
    }
    return member;
  }
  size_t count = (*(size_t *)quantifier)++;
  if ((count & (count - 1)) == 0) {
    size_t capacity = count ? 2 * count : 1;
    void *grown = realloc(*(void **)member, capacity * size);
    if (!grown) abort();
    *(void **)member = grown;
  }
  return *(uint8_t **)member + count * size;
}

void hrn_put_uint(hrn_message *message, uint32_t number, uint64_t value) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
      if (value > UINT32_MAX) hrn_misuse();
      *(uint32_t *)slot(message, field, sizeof(uint32_t)) = (uint32_t)value;
      return;
    case PROTOBUF_C_TYPE_UINT64: *(uint64_t *)slot(message, field, sizeof(uint64_t)) = value; return;
    case PROTOBUF_C_TYPE_BOOL:
      *(protobuf_c_boolean *)slot(message, field, sizeof(protobuf_c_boolean)) = value != 0;
      return;
    default: hrn_misuse();
  }
}

void hrn_put_float(hrn_message *message, uint32_t number, float value) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_FLOAT) hrn_misuse();
  *(float *)slot(message, field, sizeof(float)) = value;
}

void hrn_put_double(hrn_message *message, uint32_t number, double value) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_DOUBLE) hrn_misuse();
  *(double *)slot(message, field, sizeof(double)) = value;
}

void hrn_put_bytes(hrn_message *message, uint32_t number, const uint8_t *bytes, size_t length) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  uint8_t *copy = allocate(length + 1);
  if (length) memcpy(copy, bytes, length);
  if (field->type == PROTOBUF_C_TYPE_STRING) {
    *(char **)slot(message, field, sizeof(char *)) = (char *)copy;
  } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
    *(ProtobufCBinaryData *)slot(message, field, sizeof(ProtobufCBinaryData)) = (ProtobufCBinaryData){length, copy};
  } else {
    hrn_misuse();
  }
}

hrn_message *hrn_put_child(hrn_message *message, uint32_t number) {
  const ProtobufCFieldDescriptor *field = field_of(message, number);
  if (field->type != PROTOBUF_C_TYPE_MESSAGE) hrn_misuse();
  hrn_message *child = new_message(field->descriptor);
  *(hrn_message **)slot(message, field, sizeof(hrn_message *)) = child;
  return child;
}

size_t hrn_packed_size(const hrn_message *message) { return protobuf_c_message_get_packed_size(base_of(message)); }

void hrn_pack(const hrn_message *message, uint8_t *bytes) { protobuf_c_message_pack(base_of(message), bytes); }

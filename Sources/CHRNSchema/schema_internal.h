// What the files of this room share.
#pragma once
#include <protobuf-c/protobuf-c.h>

#include "hrn_fields.h"
#include "hrn_schema.h"

/// The descriptor of HRN_MESSAGE_*.
const ProtobufCMessageDescriptor *hrn_descriptor(int32_t message);
/// Aborts: the caller broke this room's contract.
_Noreturn void hrn_misuse(void);

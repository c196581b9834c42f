#pragma once
#include "hrn_fields.h"

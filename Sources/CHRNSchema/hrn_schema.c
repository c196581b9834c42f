#include "hrn_schema.h"

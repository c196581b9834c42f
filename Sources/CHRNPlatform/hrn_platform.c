#include "hrn_platform.h"

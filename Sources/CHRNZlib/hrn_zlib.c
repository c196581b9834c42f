#include "hrn_zlib.h"

#include "hrn_jpeg.h"

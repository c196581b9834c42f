// The operating system, in C: everything this room offers.
#pragma once
#include "hrn_arguments.h"
#include "hrn_clock.h"
#include "hrn_files.h"
#include "hrn_memory.h"
#include "hrn_options.h"
#include "hrn_sha256.h"
#include "hrn_streams.h"
#include "hrn_threads.h"

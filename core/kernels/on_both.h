#pragma once

/// Of a function that the CPU and a kernel call.
#ifdef __CUDACC__
#define OCTET_ON_BOTH __host__ __device__
#else
#define OCTET_ON_BOTH
#endif

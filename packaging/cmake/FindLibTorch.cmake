# Finds LibTorch and enables the CUDA language.
#
# LibTorch: an explicit Torch_DIR first, then the private environment that packaging/setup makes, then the torch
# package of the python3 on PATH.
# CUDA compiler: an explicit CMAKE_CUDA_COMPILER first, then the private environment's (there only where the system
# has no CUDA 13), then the system's.
file(GLOB private_packages ${PROJECT_SOURCE_DIR}/.deps/venv/lib/python3*/site-packages)

if(NOT Torch_DIR)
  if(private_packages)
    set(Torch_DIR ${private_packages}/torch/share/cmake/Torch)
  else()
    find_program(PYTHON3 python3)
    if(PYTHON3)
      execute_process(COMMAND ${PYTHON3} -c "import torch.utils; print(torch.utils.cmake_prefix_path)"
        OUTPUT_VARIABLE torch_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
      list(APPEND CMAKE_PREFIX_PATH ${torch_prefix})
    endif()
  endif()
endif()

if(NOT CMAKE_CUDA_COMPILER)
  set(private_cuda ${private_packages}/nvidia/cu13)
  if(EXISTS ${private_cuda}/bin/nvcc)
    set(CMAKE_CUDA_COMPILER ${private_cuda}/bin/nvcc)
    # Torch looks for a toolkit of its own accord; both must come to the same one.
    set(CUDA_TOOLKIT_ROOT_DIR ${private_cuda})
  else()
    find_program(SYSTEM_NVCC nvcc PATHS /usr/local/cuda/bin)
    if(NOT SYSTEM_NVCC)
      message(FATAL_ERROR "No CUDA compiler found. Run packaging/setup, or set CMAKE_CUDA_COMPILER.")
    endif()
    set(CMAKE_CUDA_COMPILER ${SYSTEM_NVCC})
  endif()
endif()
# Torch turns TORCH_CUDA_ARCH_LIST into compiler flags; CMake must not add architectures of its own.
set(CMAKE_CUDA_ARCHITECTURES OFF)
set(CMAKE_CUDA_STANDARD 17)
enable_language(CUDA)

# Compute capability 9.0 is compiled as sm_90a, which all of its GPUs run and whose instructions the fast kernels need.
if(NOT DEFINED TORCH_CUDA_ARCH_LIST)
  set(TORCH_CUDA_ARCH_LIST "$ENV{TORCH_CUDA_ARCH_LIST}")
endif()
string(REGEX REPLACE "9\\.0([; ]|$)" "9.0a\\1" TORCH_CUDA_ARCH_LIST "${TORCH_CUDA_ARCH_LIST}")

find_package(Torch 2.11 QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch 2.11 not found. Run packaging/setup, or set Torch_DIR.")
endif()

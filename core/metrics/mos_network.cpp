#include "core/metrics/mos_network.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/checkpoint/as_tensor.h"
#include "core/dsp/resample.h"
#include "core/error.h"
#include "core/resources.h"

namespace octet::mos_network {

TensorFile open(const std::string& place) {
  return open_tensor_file(demo_voice_folder().parent_path() / place);
}

at::Tensor tensor_called(const std::string& name, const TensorFile& file) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end())
    throw Error(ErrorKind::input, file.file->path().string() + " lacks the tensor " + name,
                "install Octet whole, or keep its source folder");
  return as_tensor(found->second).to(at::kFloat);
}

Weights weights_called(const std::string& name, const TensorFile& file) {
  return {tensor_called(name + ".weight", file), tensor_called(name + ".bias", file)};
}

at::Tensor samples_at_rate(std::span<const float> sound, int sample_rate) {
  at::Tensor samples = at::empty({static_cast<std::int64_t>(sound.size())}, at::kFloat);
  std::ranges::copy(sound, samples.data_ptr<float>());
  if (!at::isfinite(samples).all().item<bool>())
    throw Error(ErrorKind::input, "no opinion can be predicted of a sound with samples that are not finite");
  return sample_rate == kRate ? samples : resample(samples, sample_rate, kRate).flatten();
}

}  // namespace octet::mos_network

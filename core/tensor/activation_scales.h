#pragma once

namespace octet {

/// What has a scale of its own where inputs are rounded to int8 at run time.
enum class ActivationScales {
  per_tensor,  ///< all of a layer's input
  per_token,   ///< each row of a product: a frame, of a convolution the frames that it sees at once
};

}  // namespace octet

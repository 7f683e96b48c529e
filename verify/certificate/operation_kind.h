#pragma once

#include <cstddef>
#include <string_view>

/// The operations that certificates may hold.
namespace limbeck::verify {

bool is_scalar(std::string_view op);
/// Tensors that the planes of a joint operation are; 0 for the others.
size_t plane_count(std::string_view op);
bool is_affine(std::string_view op);
/// Whether certificates know the operation; "input" included.
bool is_known(std::string_view op);

}  // namespace limbeck::verify

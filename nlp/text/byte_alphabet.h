#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The printable alphabet in which byte-level vocabularies are written: each of the 256 bytes is
/// one character. Source: Radford et al. 2019, released code (bytes_to_unicode).
namespace limbeck::nlp {

/// The character that stands for a byte: itself where it prints, else U+0100 and on.
char32_t byte_character(uint8_t byte);

/// The bytes that a vocabulary entry stands for; nothing when a character is not of the alphabet.
std::optional<std::string> bytes_of_characters(std::string_view token);

/// The inverse: any bytes as characters of the alphabet, in UTF-8.
std::string characters_of_bytes(std::string_view bytes);

}  // namespace limbeck::nlp

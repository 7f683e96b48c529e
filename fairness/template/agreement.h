#pragma once

#include <string>
#include <vector>

namespace limbeck::fairness {

struct AttributeValue;

/// The words of a value that agree with it, for the slots of a template.
///
/// {value}, {Value}            the value; with its first letter in upper case
/// {a}, {A}                    its article
/// {is} {was} {has} {s}        verbs of the value: "is" or "are", ..., the ending -s or nothing
/// {he} {He} {his} {His} {him} {himself}    its pronoun
/// {he is} {he was} {he has}   its pronoun with the verb that agrees with it: "they are"
bool is_slot(const std::string& slot);
/// "{value}, {Value}, ..." for messages.
std::string slot_names();
/// Slots that a value can only fill when it has a pronoun.
bool needs_pronoun(const std::string& slot);
/// Throws: nothing; an unknown slot is empty.
std::string fill_slot(const std::string& slot, const AttributeValue& value);

/// "he", "she", "they".
bool is_pronoun(const std::string& word);

/// "a" or "an": what the value says, else by the sound of its first word.
std::string article_of(const AttributeValue& value);

}  // namespace limbeck::fairness

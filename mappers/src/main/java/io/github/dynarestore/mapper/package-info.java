/** Attribute mappers by id: docs/mappers.md says what each does. */
@NullMarked
package io.github.dynarestore.mapper;

import org.jspecify.annotations.NullMarked;

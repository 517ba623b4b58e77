package io.github.dynarestore.internal.plan;

import io.github.dynarestore.spi.AttributeMapper;

/**
 * A mapper of a plan.
 *
 * @param name its factory's id, or for one given in Java the number that it has among the plan's mappers; for messages
 */
public record NamedMapper(String name, AttributeMapper mapper) {}

package io.github.dynarestore.spi;

/** Makes mappers by name. Found by {@link java.util.ServiceLoader} or registered with the manager. */
public interface AttributeMapperFactory {

    /** Unique name: 1 to 40 lower-case letters, digits and hyphens, beginning with a letter. */
    String id();

    /**
     * Makes a mapper for one restore.
     *
     * @throws IllegalArgumentException if a parameter is missing, unknown or out of range, saying which
     */
    AttributeMapper create(MapperContext context);
}

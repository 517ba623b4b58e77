package io.github.dynarestore.internal.discovery;

import io.github.dynarestore.model.RestoreErrorCode;
import io.github.dynarestore.model.RestoreException;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.BackupFormat;
import java.security.CodeSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Implementations of one service by id: those registered outright, and those that the {@link ServiceLoader} finds. An
 * outright registration beats every discovery of the same id; otherwise two discoveries of one id are an error.
 *
 * @param <T> the service
 */
public final class Extensions<T> {

    private static final Logger LOG = LoggerFactory.getLogger(Extensions.class);
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    private final Map<String, T> byId;

    private Extensions(Map<String, T> byId) {
        this.byId = byId;
    }

    /** Returns the backup formats. */
    public static Extensions<BackupFormat> formats(List<BackupFormat> registered, @Nullable ClassLoader loader) {
        return load(
                "backup format",
                BackupFormat::id,
                registered,
                loader == null ? List.of() : ServiceLoader.load(BackupFormat.class, loader));
    }

    /** Returns the factories of attribute mappers. */
    public static Extensions<AttributeMapperFactory> mapperFactories(
            List<AttributeMapperFactory> registered, @Nullable ClassLoader loader) {
        return load(
                "attribute mapper",
                AttributeMapperFactory::id,
                registered,
                loader == null ? List.of() : ServiceLoader.load(AttributeMapperFactory.class, loader));
    }

    static <T> Extensions<T> load(String service, Function<T, String> id, List<T> registered, Iterable<T> discovered) {
        Map<String, T> byId = new LinkedHashMap<>();
        for (T extension : registered) {
            add(byId, service, id.apply(extension), extension);
        }
        Map<String, T> found = new LinkedHashMap<>();
        try {
            for (T extension : discovered) {
                String name = id.apply(extension);
                // What is registered settles which of several is meant.
                if (!byId.containsKey(name)) {
                    add(found, service, name, extension);
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new RestoreException(
                    RestoreErrorCode.EXTENSION_CLASH,
                    "a " + service + " could not be loaded: " + e.getMessage(),
                    "mend or remove the artifact that provides it",
                    e,
                    null);
        }
        byId.putAll(found);
        byId.forEach((key, extension) -> LOG.info("{} '{}': {}", service, key, origin(extension)));
        return new Extensions<>(byId);
    }

    private static <T> void add(Map<String, T> byId, String service, String id, T extension) {
        if (id == null || !ID.matcher(id).matches()) {
            throw new RestoreException(
                    RestoreErrorCode.EXTENSION_CLASH,
                    "the id '" + id + "' of the " + service + " " + origin(extension) + " is not valid",
                    "an id is 1 to 40 lower-case letters, digits and hyphens, beginning with a letter");
        }
        T other = byId.putIfAbsent(id, extension);
        if (other != null) {
            throw new RestoreException(
                    RestoreErrorCode.EXTENSION_CLASH,
                    "two implementations of " + service + " have the id '" + id + "': " + origin(other) + " and "
                            + origin(extension),
                    "remove one of them, or register the one you mean with the manager");
        }
    }

    private static String origin(Object extension) {
        CodeSource source = extension.getClass().getProtectionDomain().getCodeSource();
        return extension.getClass().getName() + " from "
                + (source == null || source.getLocation() == null ? "the runtime" : source.getLocation());
    }

    /** Returns the implementation of an id; null if there is none. */
    public @Nullable T find(String id) {
        return byId.get(id);
    }

    /** All implementations. */
    public Collection<T> all() {
        return byId.values();
    }

    /** All ids. */
    public Collection<String> ids() {
        return byId.keySet();
    }
}

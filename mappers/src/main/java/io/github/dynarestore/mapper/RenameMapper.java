package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code rename:a=b}: gives attributes other names, all at once, so that two may change places. */
public final class RenameMapper implements AttributeMapperFactory {

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public RenameMapper() {}

    @Override
    public String id() {
        return "rename";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context);
        Map<String, String> names = parameters.byAttribute();
        names.forEach((from, to) -> {
            parameters.refuseKey(from);
            parameters.refuseKey(to);
            if (to.isEmpty()) {
                throw parameters.wrong("needs a new name for '" + from + "'");
            }
        });
        if (new HashSet<>(names.values()).size() < names.size()) {
            throw parameters.wrong("gives two attributes the same name");
        }
        return item -> rename(item, names);
    }

    private static Map<String, AttributeValue> rename(Map<String, AttributeValue> item, Map<String, String> names) {
        Map<String, AttributeValue> renamed = new LinkedHashMap<>();
        item.forEach((name, value) -> {
            String newName = names.getOrDefault(name, name);
            if (renamed.put(newName, value) != null) {
                throw new CannotMapException("the item has '" + newName + "' already");
            }
        });
        return renamed;
    }
}

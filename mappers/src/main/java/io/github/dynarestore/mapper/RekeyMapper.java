package io.github.dynarestore.mapper;

import io.github.dynarestore.model.KeySchema;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import io.github.dynarestore.spi.RekeyingMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code rekey:partition=id:S,set-partition=user#{id}}: gives items the key of another table. {@code partition} and {@code
 * sort} name the key attributes of the table that was backed up, with their types; without them it had the attributes of the
 * target. {@code set-partition} and {@code set-sort} say what becomes of the target's key attributes: text with attributes in
 * braces, or one attribute in braces alone, whose value is taken as it is. Without them an item has the attribute itself.
 */
public final class RekeyMapper implements AttributeMapperFactory {

    private static final String PARTITION = "partition";
    private static final String SORT = "sort";
    private static final String SET_PARTITION = "set-partition";
    private static final String SET_SORT = "set-sort";

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public RekeyMapper() {}

    @Override
    public String id() {
        return "rekey";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context).only(PARTITION, SORT, SET_PARTITION, SET_SORT);
        if (context.parameters().isEmpty()) {
            throw parameters.wrong("needs " + PARTITION + " or " + SET_PARTITION + " at least");
        }
        KeySchema.Attribute partition = attribute(parameters, PARTITION);
        KeySchema.Attribute sort = attribute(parameters, SORT);
        if (partition == null && sort != null) {
            throw parameters.wrong("with '" + SORT + "' needs '" + PARTITION + "'");
        }
        Map<String, Template> templates = new LinkedHashMap<>();
        set(parameters, SET_PARTITION, context.keyAttributeNames().get(0), templates);
        if (context.keyAttributeNames().size() > 1) {
            set(parameters, SET_SORT, context.keyAttributeNames().get(1), templates);
        } else if (parameters.optional(SET_SORT) != null) {
            throw parameters.wrong("cannot set the sort key: table " + context.tableName() + " has none");
        }
        return new Rekeying(partition == null ? null : new KeySchema(partition, sort), templates);
    }

    private static KeySchema.@Nullable Attribute attribute(Parameters parameters, String name) {
        String value = parameters.optional(name);
        if (value == null) {
            return null;
        }
        int colon = value.lastIndexOf(':');
        for (KeySchema.Type type : KeySchema.Type.values()) {
            if (colon > 0 && value.substring(colon + 1).equals(type.name())) {
                return new KeySchema.Attribute(value.substring(0, colon), type);
            }
        }
        throw parameters.wrong("'" + name + "' is a key attribute with its type, such as id:S, not '" + value + "'");
    }

    private static void set(Parameters parameters, String name, String attribute, Map<String, Template> templates) {
        String template = parameters.optional(name);
        if (template != null) {
            Template parsed = Template.parse(template);
            if (parsed.attributes().isEmpty()) {
                throw parameters.wrong("'" + name + "' names no attribute in braces: all items would have one key");
            }
            templates.put(attribute, parsed);
        }
    }

    /**
     * Text with attributes in it.
     *
     * @param texts what stands before, between and behind the attributes
     * @param attributes their names
     */
    private record Template(List<String> texts, List<String> attributes) {

        private static final Pattern ATTRIBUTE = Pattern.compile("\\{([^{}]+)}");

        static Template parse(String template) {
            List<String> texts = new ArrayList<>();
            List<String> attributes = new ArrayList<>();
            Matcher matcher = ATTRIBUTE.matcher(template);
            int from = 0;
            while (matcher.find()) {
                texts.add(template.substring(from, matcher.start()));
                attributes.add(matcher.group(1));
                from = matcher.end();
            }
            texts.add(template.substring(from));
            return new Template(List.copyOf(texts), List.copyOf(attributes));
        }

        AttributeValue fill(Map<String, AttributeValue> item) {
            if (attributes.size() == 1 && texts.equals(List.of("", ""))) {
                return value(item, attributes.get(0));
            }
            StringBuilder filled = new StringBuilder(texts.get(0));
            for (int i = 0; i < attributes.size(); i++) {
                filled.append(text(attributes.get(i), value(item, attributes.get(i))))
                        .append(texts.get(i + 1));
            }
            return AttributeValue.fromS(filled.toString());
        }

        private static AttributeValue value(Map<String, AttributeValue> item, String name) {
            AttributeValue value = item.get(name);
            if (value == null) {
                throw new CannotMapException("the item has no '" + name + "'");
            }
            return value;
        }

        private static String text(String name, AttributeValue value) {
            return switch (value.type()) {
                case S -> value.s();
                case N -> value.n();
                default -> throw new CannotMapException("'" + name + "' is " + value.type() + ", neither S nor N");
            };
        }
    }

    /**
     * The mapper.
     *
     * @param keyOfBackup null for the attributes that items have behind it
     * @param templates by key attribute
     */
    private record Rekeying(@Nullable KeySchema keyOfBackup, Map<String, Template> templates)
            implements RekeyingMapper {

        @Override
        public KeySchema keyBefore(KeySchema keyBehind) {
            return keyOfBackup == null ? keyBehind : keyOfBackup;
        }

        @Override
        public Map<String, AttributeValue> map(Map<String, AttributeValue> item) {
            Map<String, AttributeValue> mapped = new LinkedHashMap<>(item);
            templates.forEach((attribute, template) -> mapped.put(attribute, template.fill(item)));
            return mapped;
        }
    }
}

package io.github.dynarestore.mapper;

import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.ColumnType;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Maps attributes as the Data Pipeline template {@code dynamodb-restore-continuous-backup.json} did. Its parameters are
 * those of the template: {@code columns} ({@code myDDBColDefn}), {@code mapping} ({@code myDDBTableColMapping}) and {@code
 * fields} ({@code myNewimageFieldMapping}); with {@code keep-types} values keep their types, with {@code all-attributes} what
 * is not mapped stays. docs/data-pipeline.md says where it differs from the template, and why.
 */
public final class DataPipelineMapper implements AttributeMapperFactory {

    private static final String COLUMNS = "columns";
    private static final String MAPPING = "mapping";
    private static final String FIELDS = "fields";
    private static final String KEEP_TYPES = "keep-types";
    private static final String ALL_ATTRIBUTES = "all-attributes";
    private static final String IMAGE = "NewImage";

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public DataPipelineMapper() {}

    @Override
    public String id() {
        return "data-pipeline";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters =
                new Parameters(id(), context).only(COLUMNS, MAPPING, FIELDS, KEEP_TYPES, ALL_ATTRIBUTES);
        List<Column> columns = new Reading(parameters, context).columns();
        boolean keepsAll = parameters.flag(ALL_ATTRIBUTES);
        return item -> map(item, columns, keepsAll);
    }

    /**
     * A column of the template's tables.
     *
     * @param source attribute of the backup
     * @param sourceType its type, as the field's path says
     * @param target attribute of the table
     * @param cast what becomes of its value; null if that stays
     */
    private record Column(
            String source,
            AttributeValue.Type sourceType,
            String target,
            @Nullable Cast cast) {}

    private static Map<String, AttributeValue> map(
            Map<String, AttributeValue> item, List<Column> columns, boolean keepsAll) {
        Map<String, AttributeValue> mapped = new LinkedHashMap<>();
        if (keepsAll) {
            mapped.putAll(item);
            columns.forEach(column -> mapped.remove(column.source()));
        }
        for (Column column : columns) {
            AttributeValue value = item.get(column.source());
            if (value == null) {
                continue;
            }
            if (value.type() != column.sourceType()) {
                throw new CannotMapException("'" + column.source() + "' is " + value.type() + ", where the field says "
                        + column.sourceType());
            }
            Cast cast = column.cast();
            if (mapped.put(column.target(), cast == null ? value : cast.of(column.source(), value)) != null) {
                throw new CannotMapException("the item has '" + column.target() + "' already");
            }
        }
        return mapped;
    }

    /** Reads the parameters; what is wrong is named by its position, from 1 on. */
    private static final class Reading {

        private final Parameters parameters;
        private final MapperContext context;

        Reading(Parameters parameters, MapperContext context) {
            this.parameters = parameters;
            this.context = context;
        }

        List<Column> columns() {
            List<ColumnList.Column> definitions = definitions();
            List<String> fields = Names.split(parameters.required(FIELDS), ',');
            requireAsMany(definitions, fields);
            Map<String, String> targets = targets();
            List<String> mapped = List.copyOf(targets.keySet());
            List<Column> columns = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < definitions.size(); i++) {
                columns.add(column(i + 1, definitions.get(i), fields.get(i), targets, seen));
            }
            targets.keySet().removeAll(seen);
            if (!targets.isEmpty()) {
                String column = targets.keySet().iterator().next();
                throw parameters.wrong("entry " + (mapped.indexOf(column) + 1) + " of the mapping maps the column '"
                        + column + "', which is not among the columns");
            }
            requireKey(columns);
            return List.copyOf(columns);
        }

        private void requireAsMany(List<ColumnList.Column> definitions, List<String> fields) {
            String counts = "has " + definitions.size() + " columns and " + fields.size()
                    + " fields, which match by position: ";
            if (fields.size() < definitions.size()) {
                throw parameters.wrong(counts + "column " + (fields.size() + 1) + ", '"
                        + definitions.get(fields.size()).attribute() + "', has no field");
            }
            if (fields.size() > definitions.size()) {
                throw parameters.wrong(counts + "field " + (definitions.size() + 1) + ", '"
                        + fields.get(definitions.size()) + "', has no column");
            }
        }

        private List<ColumnList.Column> definitions() {
            try {
                return ColumnList.parse(parameters.required(COLUMNS)).columns();
            } catch (IllegalArgumentException e) {
                throw parameters.wrong(String.valueOf(e.getMessage()));
            }
        }

        /** Attribute of the table by column; Hive's names of columns have no case. */
        private Map<String, String> targets() {
            Map<String, String> targets = new LinkedHashMap<>();
            List<String> entries = Names.split(parameters.required(MAPPING), ',');
            for (int i = 0; i < entries.size(); i++) {
                List<String> sides = Names.split(entries.get(i), ':');
                String position = "entry " + (i + 1) + " of the mapping, '" + entries.get(i) + "',";
                if (sides.size() != 2 || sides.get(0).isEmpty() || sides.get(1).isEmpty()) {
                    throw parameters.wrong(position + " has not the form column:attribute");
                }
                String column = Names.unescaped(sides.get(0)).toLowerCase(Locale.ROOT);
                String attribute = Names.unescaped(sides.get(1));
                if (targets.containsValue(attribute)) {
                    throw parameters.wrong(position + " maps a second column to one attribute");
                }
                if (targets.put(column, attribute) != null) {
                    throw parameters.wrong(position + " maps a column for the second time");
                }
            }
            return targets;
        }

        private Column column(
                int position,
                ColumnList.Column definition,
                String field,
                Map<String, String> targets,
                Set<String> seen) {
            String at = "column " + position + ", '" + definition.attribute() + "',";
            String name = definition.attribute().toLowerCase(Locale.ROOT);
            if (!seen.add(name)) {
                throw parameters.wrong(at + " is defined for the second time");
            }
            String target = targets.get(name);
            if (target == null) {
                throw parameters.wrong(at + " is not mapped to an attribute");
            }
            return column(position, field, target, definition.type());
        }

        private Column column(int position, String field, String target, ColumnType type) {
            String at = "field " + position + ", '" + field + "',";
            List<String> path = Names.split(field, '.');
            if (path.size() != 3 || !path.get(0).equals(IMAGE)) {
                throw parameters.wrong(at + " has not the form NewImage.NAME.TYPE");
            }
            String source = Names.unescaped(path.get(1));
            AttributeValue.Type sourceType = type(path.get(2));
            if (sourceType == null) {
                throw parameters.wrong(at + " ends in no type of DynamoDB's");
            }
            boolean isKey = context.keyAttributeNames().contains(target);
            if ((isKey || context.keyAttributeNames().contains(source)) && !source.equals(target)) {
                throw parameters.wrong(at + " would give a key attribute another name, '" + target + "'");
            }
            boolean keepsType = isKey || parameters.flag(KEEP_TYPES);
            return new Column(source, sourceType, target, keepsType ? null : Cast.to(type));
        }

        private static AttributeValue.@Nullable Type type(String name) {
            for (AttributeValue.Type type : AttributeValue.Type.values()) {
                if (name.equals(type == AttributeValue.Type.NUL ? "NULL" : type.name())
                        && type != AttributeValue.Type.UNKNOWN_TO_SDK_VERSION) {
                    return type;
                }
            }
            return null;
        }

        private void requireKey(List<Column> columns) {
            for (String key : context.keyAttributeNames()) {
                if (columns.stream().noneMatch(column -> column.target().equals(key))) {
                    throw parameters.wrong(
                            "maps nothing to '" + key + "', a key attribute of table " + context.tableName());
                }
            }
        }
    }
}

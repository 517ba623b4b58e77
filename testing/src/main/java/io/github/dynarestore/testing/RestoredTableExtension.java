package io.github.dynarestore.testing;

import java.lang.reflect.AnnotatedElement;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Makes the tables that {@link RestoredTable} asks for, and takes them away with their tests. */
final class RestoredTableExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(RestoredTableExtension.class);
    private static final String SERVER = "server";
    private static final String TABLE = "table";

    RestoredTableExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        annotation(context.getRequiredTestClass()).ifPresent(asked -> restore(asked, context, TABLE));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Optional<RestoredTable> ofMethod = annotation(context.getRequiredTestMethod());
        if (ofMethod.isPresent()) {
            var unused = restore(ofMethod.get(), context, TABLE);
            return;
        }
        TestTable table = table(context);
        boolean resets = annotation(context.getRequiredTestClass())
                .map(asked -> asked.reset() == RestoredTable.Reset.EACH_TEST)
                .orElse(false);
        if (table != null && resets) {
            table.reset();
        }
    }

    private static Optional<RestoredTable> annotation(AnnotatedElement element) {
        return AnnotationSupport.findAnnotation(element, RestoredTable.class);
    }

    private static @Nullable TestTable table(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(TABLE, TestTable.class);
    }

    /** The table ends with the context that it was made for. */
    private static TestTable restore(RestoredTable asked, ExtensionContext context, String key) {
        return context.getStore(NAMESPACE)
                .getOrComputeIfAbsent(key, absent -> server(context).restore(fixture(asked)), TestTable.class);
    }

    private static TableFixture fixture(RestoredTable asked) {
        TableFixture fixture = TableFixture.of(asked.name(), asked.from());
        try {
            fixture = asked.asOf().isEmpty() ? fixture : fixture.asOf(Instant.parse(asked.asOf()));
            for (String attribute : asked.key()) {
                int colon = attribute.lastIndexOf(':');
                fixture = fixture.key(attribute.substring(0, Math.max(0, colon)), attribute.substring(colon + 1));
            }
            return fixture;
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ExtensionConfigurationException(
                    "@RestoredTable(name = \"" + asked.name() + "\"): " + e.getMessage(), e);
        }
    }

    private static TestDynamoDb server(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        SERVER,
                        absent -> context.getConfigurationParameter(DynamoDbLocal.ENDPOINT_PROPERTY)
                                .map(endpoint -> TestDynamoDb.at(URI.create(endpoint)))
                                .orElseGet(TestDynamoDb::start),
                        TestDynamoDb.class);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        boolean isText = type == String.class;
        return type == DynamoDbClient.class
                || type == DynamoDbAsyncClient.class
                || type == TestTable.class
                || (isText && (parameter.isAnnotated(TableName.class) || parameter.isAnnotated(RestoredTable.class)));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        if (type == DynamoDbClient.class) {
            return server(context).client();
        }
        if (type == DynamoDbAsyncClient.class) {
            return server(context).asyncClient();
        }
        Optional<RestoredTable> own = parameter.findAnnotation(RestoredTable.class);
        TestTable table = own.isPresent()
                ? restore(own.get(), context, TABLE + " of parameter " + parameter.getIndex())
                : table(context);
        if (table == null) {
            throw new ParameterResolutionException(
                    "neither the parameter nor its method or class has a @RestoredTable");
        }
        return type == String.class ? table.name() : table;
    }
}

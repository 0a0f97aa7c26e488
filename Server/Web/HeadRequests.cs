namespace Molmo.Demo.Server.Web;

/// <summary>Asking for the headers alone, as monitors, link checkers and crawlers do.</summary>
internal static class HeadRequests
{
    /// <summary>Where GET is answered, HEAD is too; the web server leaves the body out.</summary>
    public static TBuilder AnswersHead<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder
    {
        routes.Add(endpoint =>
        {
            var known = endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault();
            if (known?.HttpMethods.Contains(HttpMethods.Get) != true || known.HttpMethods.Contains(HttpMethods.Head))
                return;
            endpoint.Metadata.Remove(known);
            endpoint.Metadata.Add(new HttpMethodMetadata([.. known.HttpMethods, HttpMethods.Head]));
        });
        return routes;
    }
}

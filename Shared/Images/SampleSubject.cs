namespace Molmo.Demo.Shared.Images;

/// <summary>What a picture of the gallery is; none is a photograph.</summary>
public enum SampleSubject
{
    /// <summary>A drawn scene.</summary>
    Scene,

    /// <summary>A drawing of what a microscope shows.</summary>
    Microscope,
}
